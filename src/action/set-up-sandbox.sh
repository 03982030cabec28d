#!/usr/bin/env bash
# Installs bubblewrap on GitHub's Ubuntu runners and allows it to create user namespaces.
set -euo pipefail

if ! command -v bwrap >/dev/null; then
  sudo apt-get update -q
  sudo apt-get install -y -q bubblewrap
fi

# Tries to create the namespaces that a review's sandbox needs.
works() { bwrap --unshare-all --ro-bind / / true 2>/dev/null; }

if works; then exit 0; fi

# This AppArmor profile allows user namespaces to bubblewrap alone: https://discourse.ubuntu.com/t/37626
profile='abi <abi/4.0>,
include <tunables/global>
profile bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
}'
if command -v apparmor_parser >/dev/null; then
  echo "$profile" | sudo tee /etc/apparmor.d/bwrap >/dev/null
  sudo apparmor_parser --replace /etc/apparmor.d/bwrap || true
fi
if works; then exit 0; fi

sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
if works; then exit 0; fi

echo "bubblewrap cannot start on this runner:"
bwrap --unshare-all --ro-bind / / true

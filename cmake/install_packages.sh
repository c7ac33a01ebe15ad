#!/bin/sh
# install_packages.sh SECTION...: install what is missing of these sections of packages.txt.
# Touches nothing when everything is there. Needs root or sudo only when something is missing.
set -eu
list=$(dirname "$0")/../packages.txt

names=
for section in "$@"; do
    found=$(awk -v want="$section" '
        /^# section: / { inside = substr($0, 12) == want; next }
        inside && /^[a-z0-9]/ { print $1 }' "$list")
    [ -n "$found" ] || { echo "packages.txt has no section '$section'" >&2; exit 2; }
    names="$names $found"
done

if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here: please see to it that these Debian packages' equivalents are there:"
    # shellcheck disable=SC2086
    echo $names
    exit 0
fi

missing=
for name in $names; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "Packages are missing, and this is neither root nor has sudo. As root, run:" >&2
        echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi
echo "Installing Debian packages:$missing"
install() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing </dev/null >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists of packages may be missing or old: fetch them only when the first try fails.
if ! install; then
    echo "Fetching the lists of packages (apt-get update)"
    $as_root apt-get update -qq
    install || { cat "$log" >&2; exit 1; }
fi

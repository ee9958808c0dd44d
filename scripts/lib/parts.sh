# shellcheck shell=bash
# Sourced by scripts/test and scripts/lab: the programs they need, what is missing of them, and how
# it is installed (Debian 12). Expects $root, the source tree.
#
#   parts_missing          one line per missing part: "NAME (Debian package PACKAGE)"
#   parts_install          installs what is missing; started no service, enabled none
#   parts_require COMMAND  exits 69 (EX_UNAVAILABLE) with the list and COMMAND when something is missing
#
# Beside the packages there are parts that no Debian 12 package holds: each has a script in
# scripts/tools/ that puts it below .tools/ once and costs nothing when it is there.

: "${root:?}"

# A command, or a test of our own, and the Debian package that provides it.
parts=(
  "javac17      openjdk-17-jdk-headless"
  "mvn          maven"
  "node18       nodejs"
  "npm          npm"
  "ip           iproute2"
  "nft          nftables"
  "bird         bird2"
  "exabgp       exabgp"
  "python3      python3"
  "python3-zmq  python3-zmq"
  "shellcheck   shellcheck"
  "tshark       tshark"
)

# Those of scripts/tools/.
tools=(bcoin exabgp5)

part_present() {
  case $1 in
    bcoin) cmp -s "$root/scripts/tools/package-lock.json" \
      "${ANNOUNCER_TOOLS:-$root/.tools}/bcoin/.installed-lock.json" ;;
    exabgp5) [ -d "${ANNOUNCER_TOOLS:-$root/.tools}/exabgp5/root" ] ;;
    javac17) javac -version 2>&1 | awk '$1 == "javac" && int($2) >= 17 { ok = 1 } END { exit !ok }' ;;
    node18) node --version 2>/dev/null | tr -d v | awk -F. 'int($1) >= 18 { ok = 1 } END { exit !ok }' ;;
    # The system's Python: a version manager's has none of Debian's modules.
    python3) [ -x /usr/bin/python3 ] ;;
    python3-zmq) /usr/bin/python3 -c 'import zmq' 2>/dev/null ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

parts_missing() {
  local entry name package
  for entry in "${parts[@]}"; do
    read -r name package <<<"$entry"
    part_present "$name" || echo "$name (Debian package $package)"
  done
  for name in "${tools[@]}"; do
    part_present "$name" || echo "$name (scripts/tools/$name)"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "installing packages needs root: run it as root, or install sudo" >&2
    return 77
  fi
}

parts_install() {
  local entry name package packages=()
  for entry in "${parts[@]}"; do
    read -r name package <<<"$entry"
    part_present "$name" || packages+=("$package")
  done
  if [ ${#packages[@]} -gt 0 ]; then
    echo "installing ${packages[*]} (no service is started or enabled)"
    as_root "$root/scripts/lib/apt-install-quietly" "${packages[@]}" || return
  fi
  for name in "${tools[@]}"; do
    part_present "$name" || "$root/scripts/tools/$name" >/dev/null || return
  done
}

parts_require() {
  local missing
  missing=$(parts_missing)
  if [ -n "$missing" ]; then
    {
      echo "missing:"
      printf '  %s\n' "${missing//$'\n'/$'\n  '}"
      echo "this installs it: $1"
    } >&2
    exit 69
  fi
}

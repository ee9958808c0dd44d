# shellcheck shell=bash
# Sourced by scripts/test, lab, bench and soak: the programs each needs, what is missing of them,
# and how it is installed (Debian 12). Expects $root, the source tree. WHO is a word of the tables
# below.
#
#   parts_missing WHO          one line per missing part: "NAME (Debian package PACKAGE)"
#   parts_install WHO          installs what is missing; starts no service, enables none
#   parts_require WHO COMMAND  exits 69 (EX_UNAVAILABLE) with the list and COMMAND when something is
#                              missing
#
# Beside the packages there are parts that no Debian 12 package holds: each has a script in
# scripts/tools/ that puts it below .tools/ once and costs nothing when it is there.

: "${root:?}"

# A command, or a test of our own; the Debian package that provides it; who needs it: a script, or
# of the lab only `story`, its demo without root, or `down`.
parts=(
  "javac17      openjdk-17-jdk-headless  story lab bench soak test"
  "mvn          maven                    story lab bench soak test"
  "node18       nodejs                   lab bench test"
  "npm          npm                      lab bench test"
  "ip           iproute2                 down lab bench test"
  "nft          nftables                 lab test"
  "iptables     iptables                 test"
  "bird         bird2                    lab soak test"
  "exabgp       exabgp                   lab bench test"
  "python3      python3                  down lab bench soak test"
  "python3-zmq  python3-zmq              test"
  "python3-grpc python3-grpcio           bench test"
  "shellcheck   shellcheck               test"
  "tshark       tshark                   test"
  "gobgpd       gobgpd                   bench test"
  "vtysh        frr                      test"
  "frr-reload   frr-pythontools          test"
  "frr-rpki     frr-rpki-rtrlib          test"
  "bgpctl       openbgpd                 test"
  "networkd     systemd                  test"
  "chronyd      chrony                   test"
  "git          git                      test"
)

# Those of scripts/tools/.
tools=(
  "bcoin     lab bench test"
  "exabgp5   test"
  "bitcoind  test"
  "bird3     test"
)

part_present() {
  case $1 in
    bcoin) cmp -s "$root/scripts/tools/package-lock.json" \
      "${ANNOUNCER_TOOLS:-$root/.tools}/bcoin/.installed-lock.json" ;;
    exabgp5) [ -d "${ANNOUNCER_TOOLS:-$root/.tools}/exabgp5/root" ] ;;
    bird3) [ -x "${ANNOUNCER_TOOLS:-$root/.tools}/bird3/bird" ] ;;
    bitcoind) [ -x "${ANNOUNCER_TOOLS:-$root/.tools}/bitcoind/bitcoind" ] ;;
    javac17) javac -version 2>&1 | awk '$1 == "javac" && int($2) >= 17 { ok = 1 } END { exit !ok }' ;;
    node18) node --version 2>/dev/null | tr -d v | awk -F. 'int($1) >= 18 { ok = 1 } END { exit !ok }' ;;
    frr-reload) [ -x /usr/lib/frr/frr-reload.py ] ;;
    frr-rpki) compgen -G '/usr/lib/*/frr/modules/bgpd_rpki.so' >/dev/null ;;
    networkd) [ -x /lib/systemd/systemd-networkd ] ;;
    # The system's Python: a version manager's has none of Debian's modules.
    python3) [ -x /usr/bin/python3 ] ;;
    python3-zmq) /usr/bin/python3 -c 'import zmq' 2>/dev/null ;;
    python3-grpc) /usr/bin/python3 -c 'import grpc' 2>/dev/null ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

# Whether $1 is one of the others.
needs() { [[ " ${*:2} " == *" $1 "* ]]; }

parts_missing() {
  local entry name package users
  for entry in "${parts[@]}"; do
    read -r name package users <<<"$entry"
    if needs "$1" "$users" && ! part_present "$name"; then echo "$name (Debian package $package)"; fi
  done
  for entry in "${tools[@]}"; do
    read -r name users <<<"$entry"
    if needs "$1" "$users" && ! part_present "$name"; then echo "$name (scripts/tools/$name)"; fi
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
  local entry name package users packages=()
  for entry in "${parts[@]}"; do
    read -r name package users <<<"$entry"
    if needs "$1" "$users" && ! part_present "$name"; then packages+=("$package"); fi
  done
  if [ ${#packages[@]} -gt 0 ]; then
    echo "installing ${packages[*]} (no service is started or enabled)"
    as_root "$root/scripts/lib/apt-install-quietly" "${packages[@]}" || return
  fi
  for entry in "${tools[@]}"; do
    read -r name users <<<"$entry"
    if needs "$1" "$users" && ! part_present "$name"; then
      "$root/scripts/tools/$name" >/dev/null || return
    fi
  done
}

parts_require() {
  local missing
  missing=$(parts_missing "$1")
  if [ -n "$missing" ]; then
    {
      echo "missing:"
      printf '  %s\n' "${missing//$'\n'/$'\n  '}"
      echo "this installs it: $2"
    } >&2
    exit 69
  fi
}

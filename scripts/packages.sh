# Debian packages, in one place. Sourced by the other scripts.
# shellcheck shell=sh
# shellcheck disable=SC2034 # the lists are theirs

# What a build needs.
HAUL_BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config
libcurl4-openssl-dev libuv1-dev uthash-dev libmicrohttpd-dev libssl-dev
zlib1g-dev libjansson-dev libidn2-dev libutf8proc-dev libxxhash-dev
libbrotli-dev libzstd-dev"

# What the tests need beside it.
HAUL_TEST_PACKAGES="libcmocka-dev python3 nginx-light tinyproxy squid microsocks
openssl zstd mandoc bash-completion zsh fish chromium chromium-driver
python3-selenium python3-hpack python3-pyte valgrind libnghttp2-dev
iproute2 util-linux mount e2fsprogs dosfstools ntfs-3g libfaketime nodejs
slurmctld slurmd slurm-client parallel python3-yaml python3-botocore"

# What scripts/bench.sh needs beside a build's; a short run of it is a test.
HAUL_BENCH_PACKAGES="curl wget2 aria2 nginx-light libnginx-mod-http-echo
ca-certificates openssl python3 time util-linux strace libnghttp2-dev"

# What scripts/check.sh needs beside both.
HAUL_CHECK_PACKAGES="clang clang-format clang-tidy git cppcheck shellcheck
pyflakes3"

# Installs what is missing of the packages given; says what it does.
haul_install()
{
    missing=""
    for package in "$@"; do
        state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" \
            2>/dev/null || true)
        case $state in
        ii*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "== no apt-get here; I trust that these are there:$missing"
        return 0
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
        echo "missing packages, and no sudo to install them:$missing" >&2
        return 1
    fi
    echo "== installing:$missing"
    log=$(mktemp)
    # The lists that are there may do; a new machine often has none.
    haul_apt $missing >"$log" 2>&1 || {
        echo "== updating the package lists first"
        haul_root apt-get update >"$log" 2>&1 || true
        haul_apt $missing >>"$log" 2>&1
    } || {
        cat "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
}

# Gets the schema of Kubernetes from npm into build/kubernetes, for a test that
# is skipped without it.
haul_kubernetes_schema()
{
    [ ! -e build/kubernetes/node_modules/kubernetes-models ] || return 0
    echo "== getting the schema of Kubernetes from npm"
    mkdir -p build/kubernetes
    npm install --silent --no-audit --no-fund --ignore-scripts \
        --prefix build/kubernetes kubernetes-models@4.5.1 >/dev/null 2>&1 || {
        echo "== no npm, or no network: the Kubernetes manifest is not checked"
        rm -rf build/kubernetes
    }
}

# Installs packages. The services that they bring (nginx, squid, Slurm and
# others) are for tests, which start programs of their own: none is started, and
# those that are new do not start with the machine either.
haul_apt()
(
    policy=/usr/sbin/policy-rc.d
    before=$(haul_enabled)
    if [ ! -e $policy ]; then
        trap 'haul_root rm -f $policy' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' | haul_root tee $policy >/dev/null
        haul_root chmod 755 $policy
    fi
    haul_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" || exit 1
    for unit in $(haul_enabled); do
        case " $before " in
        *" $unit "*) ;;
        *) haul_root systemctl disable "$unit" || true ;;
        esac
    done
)

# The services that start with the machine.
haul_enabled()
{
    for link in /etc/systemd/system/*.wants/*.service; do
        [ ! -L "$link" ] || printf '%s ' "${link##*/}"
    done
}

haul_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

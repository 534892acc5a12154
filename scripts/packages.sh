# Debian packages, in one place. Sourced by the other scripts.

# What a build needs.
HAUL_BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config
libcurl4-openssl-dev libuv1-dev uthash-dev libmicrohttpd-dev libssl-dev
zlib1g-dev"

# What the tests need beside it.
HAUL_TEST_PACKAGES="libcmocka-dev python3 nginx-light tinyproxy openssl
procps"

# What scripts/check.sh needs beside both.
HAUL_CHECK_PACKAGES="clang clang-format clang-tidy valgrind git"

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
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "missing packages, and no sudo to install them:$missing" >&2
            return 1
        }
        sudo="sudo"
    fi
    echo "== installing:$missing"
    # Lists that are there may be enough; an update is for when they are not.
    haul_apt $sudo $missing || {
        $sudo apt-get update -qq
        haul_apt $sudo $missing
    }
}

haul_apt()
{
    if [ "$1" = sudo ]; then
        shift
        sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "$@" >/dev/null
    else
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "$@" >/dev/null
    fi
}

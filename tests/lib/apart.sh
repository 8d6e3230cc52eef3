# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced first by a runner of tests that mount, with its arguments: root's runs go on in a mount namespace of their own.
# Whoever makes a mount namespace meanwhile gets no copy of their mounts, which would live, with its daemon, as long as that.
if [ "$(id -u)" = 0 ] && [ -z "${MICA_TEST_APART-}" ]; then
    MICA_TEST_APART=1 exec unshare --mount "$0" "$@"
fi

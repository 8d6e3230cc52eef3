/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_OS_USER_NS_H
#define MICA_OS_USER_NS_H

/* Is this the initial user namespace of the machine, and not one of a container or of an unprivileged user?
 * 1, 0, or a negative errno if neither /proc nor the kernel (before 6.11) tells. */
int user_ns_is_initial(void);

#endif

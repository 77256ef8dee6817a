/* SPDX-License-Identifier: BSD-2-Clause */
/* What to say to whom may not open raw sockets. */
#ifndef LINK_PRIVILEGE_H
#define LINK_PRIVILEGE_H

/* What is needed and how to get it, to stand behind "capturing on eth0 needs". To root,
 * who has lost the capability, "run with sudo" would be no help. */
const char *tc_privilege_raw(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How each x_open() ends: *out is the object, or that is closed again and rc, a variable, says why. */
#ifndef BASE_OPENED_H
#define BASE_OPENED_H

#define TC_OPENED(out, object, rc, close) \
	((rc) < 0 ? (close(object), (rc)) : (*(out) = (object), 0))

#endif

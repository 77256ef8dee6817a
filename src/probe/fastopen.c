/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fastopen: a SYN asks for a cookie; the next one brings it, and a byte; a third brings another
 * cookie, whose byte must wait for the handshake. Of who gives no cookie: one asks, and has a byte.
 */
#include "lab/lab.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

TC_DEFINE_EXPERIMENT(fastopen, "fastopen",
	"is there Fast Open: a cookie, data with it, and without the right one",
	"RFC 7413 4.1, 4.2: data in a SYN only with a valid cookie", .ports = 8);

/* A SYN with this cookie (none: it asks for one), and so many bytes. *taken: the SYN,ACK
 * acknowledges them. 1; 0: the finding is made. */
static int offer(struct tc_lab *lab, struct tc_finding *f, const struct tc_cookie *with, size_t len,
		 struct tc_cookie *got, bool *taken, struct tc_error *err)
{
	struct tc_lab_open how = { .payload = "x", .len = len };
	struct tc_buf options = { 0 };
	struct tc_lab_frame *seen;
	struct tc_lab_conn *c;
	int rc;

	tc_buf_printf(&options, "mss %u,fastopen ", tc_lab_mss(lab));
	tc_hex_encode(&options, with->bytes, with->n);
	how.options = (const char *)options.data;
	rc = options.failed ? tc_nomem(err) : tc_lab_begin_seen(lab, f, &c, &how, &seen, err);
	tc_buf_free(&options);
	if (rc <= 0)
		return rc;
	*got = tc_lab_cookie(&seen->rx);
	*taken = len && seen->rx.seg.ack == c->iss + 2;
	rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 1;
}

static void tell(struct tc_finding *f, const struct tc_cookie *k, bool taken, bool any, bool anew)
{
	if (!k->n && !taken) {
		tc_finding_told(f, "off", "a SYN that asks for a cookie gets none: no Fast Open");
		return;
	}
	if (!k->n) {
		tc_finding_text(f, "data_without_cookie", "taken");
		tc_finding_told(f, "needs-no-cookie", "no cookie is given, and data in a SYN is taken "
				"without one: anybody may send it from any address");
		return;
	}
	tc_finding_number(f, "cookie_bytes", k->n);
	tc_finding_text(f, "data_with_cookie", taken ? "taken" : "left");
	tc_finding_text(f, "data_with_wrong_cookie", any ? "taken" : "left");
	tc_finding_text(f, "cookie_for_wrong_one", anew ? "yes" : "no");
	tc_finding_value(f, k->n);
	if (any)
		tc_finding_told(f, "takes-any-cookie", "data in a SYN is taken with a cookie that "
				"was never given: anybody may send it from any address");
	else if (taken)
		tc_finding_told(f, "works", "a cookie of %u bytes is given, and data in a SYN that "
				"brings it is taken; with another cookie it waits for the handshake",
				k->n);
	else
		tc_finding_told(f, "cookie-only", "a cookie of %u bytes is given, but data in a SYN "
				"that brings it is not taken", k->n);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_cookie given = { .n = 0 }, wrong, other = { .n = 0 }, k = { .n = 0 };
	bool taken = false, any = false;
	int rc = offer(lab, f, &given, 0, &given, &taken, err);
	const bool offered = rc > 0;

	if (rc > 0)
		rc = offer(lab, f, &given, 1, &k, &taken, err);
	if (rc == 0 && offered && !given.n)	/* on its way such data is lost: not taken */
		rc = 1;
	wrong = given;
	wrong.bytes[0] ^= 0xff;
	if (rc > 0 && given.n)
		rc = offer(lab, f, &wrong, 1, &other, &any, err);
	if (rc > 0)
		tell(f, &given, taken, any, other.n > 0);
	return rc < 0 ? rc : 0;
}

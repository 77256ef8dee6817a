/* SPDX-License-Identifier: BSD-2-Clause */
/* PROT frames over the field table; see prot.h. */
#include <tcpcraft/prot.h>

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/verdict.h>

#include <errno.h>
#include <string.h>

static int apply_set(struct tc_packet *p, const char *set, struct tc_error *err)
{
	const char *eq = strchr(set, '=');
	char name[64];

	if (!eq || eq == set || (size_t)(eq - set) >= sizeof name)
		return tc_fail(err, -EINVAL, "'%s' is not FIELD=VALUE, such as "
			       "prot.version=2", set);
	memcpy(name, set, (size_t)(eq - set));
	name[eq - set] = 0;
	return tc_packet_set_text(p, name, eq + 1, NULL, err);
}

static bool is_set(const struct tc_packet *p, unsigned row)
{
	return p->layer[0].set >> row & 1;
}

/* The header's own limit holds unless the user took the length into his own hands. */
static int put_payload(struct tc_packet *p, const uint8_t *payload, size_t n,
		       struct tc_error *err)
{
	if (n > TC_PROT_PAYLOAD_MAX && !is_set(p, TC_PROT_LENGTH))
		return tc_fail(err, -EMSGSIZE, "the payload has %zu bytes, PROT allows %d: "
			       "to send it all the same add --set prot.length=%zu", n,
			       TC_PROT_PAYLOAD_MAX, n);
	p->layer[0].var.len = 0;
	tc_buf_add(&p->layer[0].var, payload, n);
	return p->layer[0].var.failed ? tc_fail(err, -ENOMEM, "out of memory") : 0;
}

int tc_prot_build(struct tc_buf *out, const uint8_t *payload, size_t n,
		  char *const *sets, size_t n_sets, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_packet_push(&p, tc_header_get(TC_HDR_PROT), err);

	for (size_t i = 0; i < n_sets && rc >= 0; i++)
		rc = apply_set(&p, sets[i], err);
	if (rc >= 0 && !is_set(&p, TC_PROT_PAYLOAD))
		rc = put_payload(&p, payload, n, err);
	if (rc >= 0 && tc_buf_reserve(out, TC_PACKET_MAX) < 0)
		rc = tc_fail(err, -ENOMEM, "out of memory");
	if (rc >= 0)
		rc = tc_packet_build(&p, out->data + out->len, TC_PACKET_MAX, err);
	if (rc >= 0)
		out->len += (size_t)rc;
	tc_packet_free(&p);
	return rc < 0 ? rc : 0;
}

static void describe_row(struct tc_buf *out, const struct tc_packet *p, unsigned row)
{
	const struct tc_field *f = &p->layer[0].hdr->rows[row];
	uint64_t value, right;

	tc_buf_printf(out, " %s=", strchr(f->name, '.') + 1);
	if (f->bits == 0) {
		tc_text_print(out, p->layer[0].var.data, p->layer[0].var.len, 48);
		return;
	}
	value = tc_packet_get(p, 0, row);
	tc_field_print(f, value, false, out);
	right = f->def;
	if (f->autofill != TC_FILL_NONE && tc_packet_computed(p, 0, row, &right, NULL) < 0)
		return;
	if (right == value)
		return;
	tc_buf_printf(out, f->autofill == TC_FILL_NONE ? " (usually " : " (BAD, expected ");
	tc_field_print(f, right, false, out);
	tc_buf_printf(out, ")");
}

bool tc_prot_describe(struct tc_buf *out, const uint8_t *bytes, size_t n, bool surely)
{
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };

	if (!surely && (n < 4 || memcmp(bytes, "PROT", 4) != 0))
		return false;
	tc_buf_printf(out, "PROT");
	if (tc_packet_parse(&p, bytes, n, TC_HDR_PROT, &err) < 0) {
		tc_buf_printf(out, " %s: ", err.msg);
		tc_text_print(out, bytes, n, 48);
	} else {
		for (unsigned row = 0; row < p.layer[0].hdr->n_rows; row++)
			describe_row(out, &p, row);
	}
	tc_packet_free(&p);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft send: packets with any field set to anything, and what comes back. This file
 * reads the command line into a plan and prints packets that are not to be sent. */
#include "commands.h"
#include "send.h"

#include "base/array.h"
#include "pcap/frames.h"
#include "base/outfile.h"
#include <tcpcraft/payload.h>
#include <tcpcraft/route.h>
#include <tcpcraft/tcpopt.h>
#include "send/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DRY_SOURCE "192.0.2.1"		/* TEST-NET-1, nobody's */
#define DRY_SOURCE_IPV6 "2001:db8::1"	/* for documentation (RFC 3849) */
#define FLUSH_BYTES 65536
#define DRY_STEP TC_US			/* between the stamps of printed packets */

/* ---- the plan --------------------------------------------------------------------- */

static int refuse_both(const char *a, const char *b, struct tc_error *err)
{
	return tc_fail(err, -EINVAL, "%s and %s do not go together: use one", a, b);
}

/* Switches that contradict each other. */
static int check_switches(const struct options *o, struct tc_error *err)
{
	const struct send_options *s = &o->send;
	const char *pace = o->rate > 0 ? "--rate" : s->interval ? "--interval" : NULL;

	if (o->rate > 0 && s->interval)
		return refuse_both("--rate", "--interval", err);
	if (s->flood && pace)
		return refuse_both("--flood", pace, err);
	if (s->flood && s->n_expect)
		return refuse_both("--flood", "--expect", err);
	if (s->flood && s->dry_run)
		return refuse_both("--flood", "--dry-run", err);
	if (s->dry_run && o->html_file)
		return refuse_both("--dry-run", "--html", err);
	if (s->format && !s->dry_run)
		return tc_fail(err, -EINVAL,
			       "--format is for packets that are printed: add "
			       "--dry-run");
	if (s->from && !s->raw)
		return tc_fail(err, -EINVAL,
			       "--from says what --raw begins with: there is no "
			       "--raw");
	if (o->n_more_sources)
		return tc_fail(err, -EINVAL, "--source takes one address here: several are "
			       "ip.src=A,B");
	if (s->raw && s->fragment)
		return refuse_both("--raw", "--fragment", err);
	return 0;
}

static int check_raw(const struct options *o, int argc, char **argv, struct tc_error *err)
{
	const char *other = argc > 1 ? argv[1] : o->data_how;
	tc_seq iss;

	if (!other && o->send.n_fields)
		other = o->send.fields[0].field;
	if (!other && options_iss(o, &iss))
		other = "--iss";
	if (!other && o->tcp.value.ip.md5.n)
		other = "--md5";
	if (!other && o->tcp.value.ip.ao.n)
		other = "--ao";
	if (!other)
		return 0;
	return tc_fail(err, -EINVAL,
		       "--raw frames are sent as they are, and %s would change "
		       "them: leave one out",
		       other);
}

static int add_iss(struct tc_spec *s, const struct options *o, struct tc_error *err)
{
	char text[16];
	tc_seq iss;

	if (!options_iss(o, &iss))
		return 0;
	snprintf(text, sizeof text, "%" PRIu32, iss);
	return tc_spec_add(s, tc_header_get(TC_HDR_TCP)->rows[TC_TCP_SEQ].name, text, err);
}

/* What a packet says when nobody names the field: numbers are the seed's, so that answers
 * can be told apart and a run can be had again. */
static const struct field_value defaults[] = {
	{ "tcp.flags.syn", "1" },
	{ "tcp.seq", "rand" },
};

/* A field of the frame that --payload-spec describes: it is of the payload. */
static bool is_of_frame(const struct options *o, const char *pair)
{
	size_t n = o->payload ? strlen(o->payload->name) : 0;

	return n && strncmp(pair, o->payload->name, n) == 0 && pair[n] == '.';
}

/* The data as they are, or in a frame; its fields are among the words. */
static int add_payload(struct send_plan *p, int argc, char **argv, struct tc_error *err)
{
	const struct options *o = p->o;
	char **sets = calloc((size_t)argc, sizeof *sets);
	struct tc_buf frame = { 0 };
	size_t n = 0;
	int rc;

	if (!sets)
		return tc_nomem(err);
	for (int i = 1; i < argc; i++)
		if (is_of_frame(o, argv[i]))
			sets[n++] = argv[i];
	rc = o->payload ? tc_payload_build(&frame, o->payload, o->data.data, o->data.len, sets,
					   n, err) : 0;
	if (rc >= 0 && (o->payload || o->data_how))
		rc = tc_spec_payload(p->spec, o->payload ? frame.data : o->data.data,
				     o->payload ? frame.len : o->data.len, err);
	tc_buf_free(&frame);
	free(sets);
	return rc;
}

#define OPTIONS "tcp.options"

/* What they say, as a word or a switch; NULL: nobody does. */
static const char *given_options(const struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], OPTIONS "=", strlen(OPTIONS "=")) == 0)
			return argv[i] + strlen(OPTIONS "=");
	for (size_t i = 0; i < o->send.n_fields; i++)
		if (strcmp(o->send.fields[i].field, OPTIONS) == 0)
			return o->send.fields[i].value;
	return NULL;
}

/* A packet would go out without what its sender asked for. */
static int check_signed(const char *options, uint8_t kind, const char *blank,
			struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	struct tc_tcpopt opt = { 0 };
	int rc = tc_tcpopt_parse_text(&bytes, options, err);
	struct tc_tcpopt_iter it = { bytes.data, bytes.data + bytes.len };

	while (bytes.len && opt.kind != kind && tc_tcpopt_next(&it, &opt, NULL) > 0)
		;
	tc_buf_free(&bytes);
	if (rc < 0 || opt.kind == kind)
		return rc;
	return tc_fail(err, -EINVAL, "these " OPTIONS " have no place for what the key signs with: "
		       "add %s, or leave out the options or the key", blank);
}

/* Options of a packet without any of its own: what a key fills in. */
static int add_blank(struct send_plan *p, const char *options, struct tc_error *err)
{
	const struct tc_ao_key *ao = &p->o->tcp.value.ip.ao;
	const bool md5 = p->o->tcp.value.ip.md5.n;
	char text[96];

	if (md5)
		snprintf(text, sizeof text, "nop,nop,md5 %032d", 0);
	else if (ao->n)
		snprintf(text, sizeof text, "ao keyid %u rnextkeyid %u mac %024d", ao->keyid,
			 ao->rnextkeyid, 0);
	else
		return 0;
	return options ? check_signed(options, md5 ? TC_OPT_MD5 : TC_OPT_AO, text, err) :
			 tc_spec_default(p->spec, OPTIONS, text, err);
}

/* HOST [PORT] [FIELD=VALUE …], and the short ways. */
static int read_spec(struct send_plan *p, int argc, char **argv, struct tc_error *err)
{
	const struct options *o = p->o;
	int rc = tc_spec_open(&p->spec, err), at = 1;

	if (rc >= 0 && (p->to.family == 6 || o->family == 6))
		tc_spec_use_layer(p->spec, TC_HDR_IPV6);
	if (rc >= 0 && argc > 1 && !strpbrk(argv[1], "=.")) {	/* else a field's name */
		rc = tc_spec_add(p->spec,
				 tc_header_get(TC_HDR_TCP)->rows[TC_TCP_DSTPORT].name,
				 argv[1], err);
		at = 2;
	}
	for (; at < argc && rc >= 0; at++)
		rc = is_of_frame(o, argv[at]) ? 0 : tc_spec_add_pair(p->spec, argv[at], err);
	for (size_t i = 0; i < o->send.n_fields && rc >= 0; i++)
		rc = send_add_switch(p, o->send.fields[i].field, o->send.fields[i].value, err);
	if (rc >= 0)
		rc = add_iss(p->spec, o, err);
	if (rc >= 0)
		rc = add_payload(p, argc, argv, err);
	if (rc >= 0)
		rc = add_blank(p, given_options(o, argc, argv), err);
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults && rc >= 0; i++)
		rc = tc_spec_default(p->spec, defaults[i].field, defaults[i].value, err);
	return rc;
}

static int take_frame(void *ctx, uint64_t number, const struct tc_frame *f,
		      struct tc_error *err)
{
	struct send_plan *p = ctx;
	struct tc_bytes *frame;
	enum tc_header_id first = f->dlt == TC_DLT_EN10MB ? TC_HDR_ETH : TC_HDR_IP;
	int rc = 0;

	if (p->o->send.from)
		rc = tc_frames_header(p->o->send.from, &first, err);
	else if (f->dlt == TC_DLT_UNKNOWN)
		first = tc_frames_guess(f->bytes, f->len);
	else if (f->dlt != TC_DLT_EN10MB && f->dlt != TC_DLT_RAW && f->dlt != TC_DLT_RAW_BSD)
		rc = tc_fail(err, -EINVAL, "frames of link type %d cannot be sent: only "
			     "Ethernet and raw IP", f->dlt);
	if (rc >= 0 && first != TC_HDR_ETH && first != TC_HDR_IP && first != TC_HDR_IPV6)
		rc = tc_fail(err, -EINVAL, "--from %s: frames begin with eth, ip or ipv6",
			     p->o->send.from);
	if (rc >= 0 && p->n_frames && first != p->first)
		rc = tc_fail(err, -EINVAL,
			     "frame %" PRIu64 " begins with %s, those before it "
			     "with %s: say which with --from",
			     number, tc_header_get(first)->name,
			     tc_header_get(p->first)->name);
	if (rc < 0)
		return rc;
	frame = TC_ARRAY_ADD(p->frames, p->n_frames);
	if (!frame)
		return tc_nomem(err);
	p->first = first;
	tc_buf_add(&p->raw, f->bytes, f->len);
	frame->len = f->len;
	return 0;
}

static int read_frames(struct send_plan *p, struct tc_error *err)
{
	struct tc_error why = { 0 };
	int rc = tc_frames_read(p->o->send.raw, take_frame, p, &why);
	size_t at = 0;

	if (rc < 0)
		tc_fail(err, rc, "--raw: %s", why.msg);
	if (rc >= 0 && p->raw.failed)
		rc = tc_nomem(err);
	for (size_t i = 0; i < p->n_frames; i++) {	/* the buffer has stopped moving */
		p->frames[i].bytes = p->raw.data + at;
		at += p->frames[i].len;
	}
	if (rc >= 0 && p->n_frames == 0)
		rc = tc_fail(err, -EINVAL, "--raw: there is no frame in it");
	if (p->first == TC_HDR_ETH)
		p->ethernet = "a frame with an Ethernet header";
	return rc;
}

/* They come from --vlan or from the packets. */
static int check_tags(const struct send_plan *p, struct tc_error *err)
{
	const char *field = p->spec ? tc_spec_names_layer(p->spec, TC_HDR_VLAN) : NULL;

	if (p->o->vlan.n && field)
		return refuse_both("--vlan", field, err);
	if (p->o->vlan.n && p->frames && p->first == TC_HDR_ETH)
		return tc_fail(err, -EINVAL, "--vlan puts tags into the Ethernet header, and these "
			       "frames bring theirs: leave it out");
	return 0;
}

static int read_plan(struct send_plan *p, int argc, char **argv, struct tc_error *err)
{
	const struct options *o = p->o;
	int rc = check_switches(o, err);

	p->host = argv[0];
	if (strchr(p->host, ':') && !strstr(p->host, "://") && rc >= 0)
		rc = tc_host_parse(&p->to, p->host, o->family, true, err);
	p->rounds = o->send.rounds ? o->send.rounds : o->send.flood ? 0 : 1;
	if (rc >= 0 && o->send.raw)
		rc = check_raw(o, argc, argv, err);
	if (rc >= 0)
		rc = o->send.raw ? read_frames(p, err) : read_spec(p, argc, argv, err);
	if (rc >= 0)
		rc = check_tags(p, err);
	if (rc >= 0 && o->send.n_expect)
		rc = tc_expect_open(&p->expect, o->send.expect, o->send.n_expect, err);
	for (enum tc_header_id id = TC_HDR_ETH; id <= TC_HDR_ARP && rc >= 0 && p->spec;
	     id++)
		if (!p->ethernet)
			p->ethernet = tc_spec_names_layer(p->spec, id);
	return rc;
}

/* ---- packets that are only printed ------------------------------------------------ */

/* Where they go: a text stream, or a capture. */
struct dry {
	const struct options *o;
	enum tc_packet_format format;
	struct tc_craft *craft;
	FILE *out;
	struct tc_pcap_writer *pcap;
	struct tc_buf text;
	tc_time stamp;
};

static int dry_flush(struct dry *d, struct tc_error *err)
{
	size_t n = d->text.len;

	d->text.len = 0;
	if (n == 0 || terminal_lines(d->out, d->text.data, n))
		return 0;
	return tc_fail_errno(err, "cannot write %s", d->o->write_file ? d->o->write_file :
			     "standard output");
}

static int dry_packets(struct dry *d, struct tc_error *err)
{
	struct tc_crafted c[TC_CRAFT_BATCH];
	int n, rc = 0;

	while (rc >= 0 && (n = rc = tc_craft_fill(d->craft, c, TC_CRAFT_BATCH, err)) > 0) {
		for (int i = 0; i < n && rc >= 0; i++, d->stamp += DRY_STEP) {
			if (d->pcap)
				rc = tc_pcap_writer_add(d->pcap, c[i].bytes, c[i].len,
							c[i].len, d->stamp, err);
			else
				tc_report_format(&d->text, d->format, d->craft, &c[i]);
		}
		if (d->text.len >= FLUSH_BYTES && rc >= 0)
			rc = dry_flush(d, err);
	}
	return rc < 0 ? rc : dry_flush(d, err);
}

static int open_out(struct dry *d, struct tc_error *err)
{
	const char *file = d->o->write_file;

	if (d->format == TC_FORMAT_PCAP)
		return tc_pcap_writer_open(&d->pcap, file ? file : "-",
					   tc_craft_dlt(d->craft), d->o->force, err);
	d->out = stdout;
	if (!file || strcmp(file, "-") == 0)
		return 0;
	d->out = tc_outfile_stream(file, d->o->force, err);
	return d->out ? 0 : err->code;
}

static int dry_print(struct dry *d, struct tc_error *err)
{
	int rc = open_out(d, err);

	if (rc >= 0)
		rc = dry_packets(d, err);
	if (d->pcap && rc >= 0)
		rc = tc_pcap_writer_close(d->pcap, err);
	else
		tc_pcap_writer_abort(d->pcap);
	if (d->out && d->out != stdout && fclose(d->out) != 0 && rc >= 0)
		rc = tc_fail_errno(err, "cannot write %s", d->o->write_file);
	tc_buf_free(&d->text);
	return rc;
}

static int choose_format(struct dry *d, struct tc_error *err)
{
	int rc = 0;

	if (d->o->send.format)
		rc = tc_packet_format_parse(d->o->send.format, err);
	d->format = d->o->send.format ? (enum tc_packet_format)rc :
		    d->o->write_file ? TC_FORMAT_PCAP :
		    d->o->json ? TC_FORMAT_JSON : TC_FORMAT_HEX;
	return rc;
}

/* The address that packets come from when nobody says one, told to people. */
static int dry_source(const struct send_plan *p, struct tc_addr *src, bool given,
		      struct tc_error *err)
{
	const struct options *o = p->o;
	bool v6 = send_is_ipv6(p);
	const char *text = v6 ? DRY_SOURCE_IPV6 : DRY_SOURCE;

	*src = o->source;
	if (!tc_addr_is_none(src) && (src->family == 6) != v6)
		return tc_fail(err, -EINVAL, "--source is an IPv%u address, and the packets are "
			       "IPv%u: give one of that family", src->family, v6 ? 6 : 4);
	if (!tc_addr_is_none(src))
		return 0;
	if (!given && !o->quiet)
		terminal_say(o, stderr, "source address %s (--source gives another)\n", text);
	return tc_addr_parse(src, text, err);
}

/* Packets as a run would send them, from the IP header on, with nothing of this machine
 * in them. */
static int dry_prepare(struct send_plan *p, struct dry *d, struct tc_error *err)
{
	const struct options *o = p->o;
	const struct tc_field *sport = &tc_header_get(TC_HDR_TCP)->rows[TC_TCP_SRCPORT];
	uint16_t first = o->source_port ? o->source_port : (uint16_t)sport->def;
	struct tc_addr dst = p->to, src = { 0 };
	struct send_extent e;
	bool ip;
	int rc = choose_format(d, err);

	if (rc >= 0 && dst.family != 6)
		rc = options_dry_host(o, p->host, &dst, err);
	if (rc >= 0)
		rc = send_check_family(p, &dst, err);
	if (rc >= 0 && !p->frames) {
		send_extent(p, &e);
		ip = tc_spec_has_layer(p->spec, TC_HDR_IP) || send_is_ipv6(p);
		rc = dry_source(p, &src, e.src_given || !ip, err);
		if (rc >= 0)
			rc = send_defaults(p, &src, &dst, first, send_ports(p, first), NULL, err);
	}
	return rc < 0 ? rc : send_open_craft(p, NULL, &d->craft, err);
}

static int send_dry(struct send_plan *p)
{
	struct dry d = { .o = p->o };
	struct tc_error err = { 0 };
	int code = EXIT_DONE;

	if (dry_prepare(p, &d, &err) < 0)
		code = fail(p->o, EXIT_USAGE, &err);
	else if (dry_print(&d, &err) < 0)
		code = fail(p->o, exit_for(OF_SESSION, &err), &err);
	tc_craft_close(d.craft);
	return code;
}

static void words(struct words *w)
{
	words_add_fields(w, '=');
	words_add_digests(w, '=');
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct send_plan p = { .o = o };
	struct tc_error err = { 0 };
	int code;

	(void)cmd;
	if (read_plan(&p, argc, argv, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	else
		code = o->send.dry_run ? send_dry(&p) : send_live(&p);
	tc_spec_free(p.spec);
	tc_expect_close(p.expect);
	tc_buf_free(&p.raw);
	free(p.frames);
	return code;
}

const struct command cmd_send = {
	.name = "send", .args = "HOST [PORT] [FIELD=VALUE…]",
	.one_line = "any packet, any field, and what comes back",
	.groups = GROUP_SEND | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_SPEC | GROUP_CLIENT |
		  GROUP_NET | GROUP_LADDER | GROUP_OUT,
	.min_args = 1, .max_args = 66, .host = 1, .words_at = 2, .words = words,
	.run = entry,
	.wall = TC_WALL_SESSION,
	.more = "tcpcraft send 10.0.0.2 80 --flags S\n"
		"tcpcraft send 10.0.0.2 1-1024 --rate 1000\n"
		"tcpcraft send 10.0.0.2 80 --ttl 1-30\n"
		"tcpcraft send 10.0.0.2 80 tcp.checksum=bad tcp.flags=S,SA,F --expect none\n"
		"tcpcraft send [2001:db8::2]:80 --flags S --ttl 3 --dry-run\n"
		"tcpcraft send 10.0.0.2 80 --options 'mss 1460,nop,wscale 7' --dry-run",
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a capture had: frames by what they are, and those that are not read by the cause. */
#include "own.h"
#include "report/json.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_MOST 64

/* https://www.iana.org/assignments/ieee-802-numbers, https://www.tcpdump.org/linktypes.html:
 * those that captures have most. */
static const struct {
	enum tc_show_unread kind;
	unsigned number;
	const char *name;
} names[] = {
	{ UNREAD_FRAGMENT, DEFRAG_LATE, "fragments of datagrams not whole within a minute" },
	{ UNREAD_FRAGMENT, DEFRAG_CROWDED, "fragments, of too many datagrams at a time" },
	{ UNREAD_FRAGMENT, DEFRAG_OVERLAP, "IPv6 fragments of datagrams in which they overlap" },
	{ UNREAD_FRAGMENT, DEFRAG_LIES, "fragments whose places lie" },
	{ UNREAD_FRAGMENT, DEFRAG_CUT, "fragments that the capture cut" },
	{ UNREAD_FRAGMENT, DEFRAG_UNFINISHED, "fragments of datagrams that never were whole" },
	{ UNREAD_TUNNEL, TC_TUNNEL_CUT, "of tunnels that are cut" },
	{ UNREAD_TUNNEL, TC_TUNNEL_DEEP, "of tunnels in tunnels, too deep" },
	{ UNREAD_TUNNEL, TC_TUNNEL_STRANGE, "of tunnels that carry neither IP nor Ethernet" },
	{ UNREAD_ETHERTYPE, TC_TYPE_NONE,
	  "802.3, FDDI, frame relay or loopback frames that are not IP" },
	{ UNREAD_ETHERTYPE, TC_TYPE_WLAN_CONTROL, "802.11 frames without data" },
	{ UNREAD_ETHERTYPE, TC_TYPE_WLAN_PROTECTED, "802.11 frames that are encrypted" },
	{ UNREAD_ETHERTYPE, TC_TYPE_WLAN_PIECES, "802.11 fragments or several frames in one" },
	{ UNREAD_ETHERTYPE, TC_TYPE_PPP, "PPP that is not IP" },
	{ UNREAD_ETHERTYPE, TC_TYPE_NO_PACKET, "entries of a log without a packet" },
	{ UNREAD_ETHERTYPE, TC_TYPE_NO_LINK, "PPI packets of a link type that is not read" },
	{ UNREAD_ETHERTYPE, 0x0806, "ARP of other networks" },
	{ UNREAD_ETHERTYPE, 0x8847, "MPLS" },
	{ UNREAD_ETHERTYPE, 0x8848, "MPLS" },
	{ UNREAD_ETHERTYPE, 0x8863, "PPPoE discovery" },
	{ UNREAD_ETHERTYPE, 0x8864, "PPPoE" },
	{ UNREAD_ETHERTYPE, 0x88cc, "LLDP" },
	{ UNREAD_ETHERTYPE, 0x888e, "802.1X" },
	{ UNREAD_ETHERTYPE, 0x88e5, "MACsec" },
	{ UNREAD_ETHERTYPE, 0x88e7, "802.1ah service tags" },
	{ UNREAD_ETHERTYPE, 0x8902, "CFM" },
	{ UNREAD_ETHERTYPE, 0x8903, "Cisco FabricPath" },
	{ UNREAD_ETHERTYPE, 0x8909, "Cisco metadata" },
	{ UNREAD_ETHERTYPE, 0x8926, "Cisco VN-Tags" },
	{ UNREAD_ETHERTYPE, 0x893f, "802.1BR tags" },
	{ UNREAD_ETHERTYPE, 0x894f, "NSH" },
	{ UNREAD_ETHERTYPE, 0x8137, "IPX" },
	{ UNREAD_ETHERTYPE, 0x0842, "Wake-on-LAN" },
	{ UNREAD_ETHERTYPE, 0x9000, "loopback test" },
	{ UNREAD_LINK, 6, "Token Ring" },
	{ UNREAD_LINK, 11, "ATM" },
	{ UNREAD_LINK, 100, "ATM" },
	{ UNREAD_LINK, 147, "USER0" },
	{ UNREAD_LINK, 187, "Bluetooth" },
	{ UNREAD_LINK, 189, "USB" },
	{ UNREAD_LINK, 195, "802.15.4" },
	{ UNREAD_LINK, 220, "USB" },
	{ UNREAD_LINK, 253, "netlink" },
};

static void cause_name(enum tc_show_unread kind, unsigned number, char text[NAME_MOST])
{
	const char *name = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].kind == kind && names[i].number == number)
			name = names[i].name;
	if (kind == UNREAD_LINK)
		snprintf(text, NAME_MOST, "link type %u%s%s%s", number, name ? " (" : "",
			 name ? name : "", name ? ")" : "");
	else if (name)
		snprintf(text, NAME_MOST, "%s", name);
	else
		snprintf(text, NAME_MOST, "ethertype 0x%04x", number);
}

void tc_show_unread(struct tc_show *s, enum tc_show_unread kind, unsigned number, uint64_t n)
{
	unsigned i = 0;

	while (i < s->n_unread && (s->unread[i].kind != kind || s->unread[i].number != number))
		i++;
	if (i == UNREAD_CAUSES) {
		s->other_cause += n;
		return;
	}
	if (i == s->n_unread) {
		s->n_unread++;
		s->unread[i].kind = kind;
		s->unread[i].number = number;
	}
	s->unread[i].frames += n;
}

void tc_show_unwhole(struct tc_show *s)
{
	tc_defrag_end(&s->unwrap.defrag);
	for (unsigned i = 0; i < DEFRAG_CAUSES; i++)
		if (s->unwrap.defrag.lost[i])
			tc_show_unread(s, UNREAD_FRAGMENT, i, s->unwrap.defrag.lost[i]);
}

static void put_count(struct tc_buf *out, uint64_t n, const char *what)
{
	if (n)
		tc_buf_printf(out, ", %" PRIu64 " %s", n, what);
}

/* What is not read is said to be so: a capture is never silently shown in part. */
static void put_unread(struct tc_show *s, struct tc_buf *out)
{
	const char *before = "; not read: ";
	char name[NAME_MOST];

	for (unsigned i = 0; i < s->n_unread; i++, before = ", ") {
		cause_name(s->unread[i].kind, s->unread[i].number, name);
		tc_buf_printf(out, "%s%" PRIu64 " %s%s", before, s->unread[i].frames,
			      s->unread[i].kind == UNREAD_LINK ? "of " : "", name);
	}
	if (s->other_cause)
		tc_buf_printf(out, "%s%" PRIu64 " of other kinds", before, s->other_cause);
}

void tc_show_counts(struct tc_show *s, struct tc_buf *out)
{
	unsigned n = tc_convos_count(s->convos);

	tc_buf_printf(out, "\n%" PRIu64 " frame%s: %" PRIu64 " TCP in %u connection%s",
		      s->frames, s->frames == 1 ? "" : "s", s->tcp, n, n == 1 ? "" : "s");
	put_count(out, s->unwrap.fragments, "IP fragments");
	put_count(out, s->arp, "ARP");
	put_count(out, s->other, "of other protocols");
	put_count(out, s->bad, "with headers that are cut or lie");
	if (s->bad)
		tc_buf_printf(out, " (the first: %s)", s->bad_why);
	put_unread(s, out);
	if (tc_convos_early(s->convos))
		tc_buf_printf(out, "; %u connections are told as they were when too many others "
			      "were open", tc_convos_early(s->convos));
	tc_buf_text(out, "\n");
}

void tc_show_json_counts(struct tc_show *s, struct tc_buf *out)
{
	json_t *o = tc_json_line("capture"), *unread = json_object();
	char name[NAME_MOST];

	put_text(o, "file", s->path);
	put_int(o, "frames", s->frames);
	put_int(o, "tcp", s->tcp);
	put_int(o, "connections", tc_convos_count(s->convos));
	put_int(o, "fragments", s->unwrap.fragments);
	put_int(o, "arp", s->arp);
	put_int(o, "other", s->other);
	put_int(o, "damaged", s->bad);
	if (tc_convos_early(s->convos))
		put_int(o, "told_early", tc_convos_early(s->convos));
	for (unsigned i = 0; i < s->n_unread; i++) {
		json_t *before;

		cause_name(s->unread[i].kind, s->unread[i].number, name);
		before = json_object_get(unread, name);	/* two numbers of one name */
		put_int(unread, name, s->unread[i].frames +
			(uint64_t)json_integer_value(before));
	}
	if (s->other_cause)
		put_int(unread, "other kinds", s->other_cause);
	put_some(o, "not_read", unread);
	tc_json_put_line(out, o);
}

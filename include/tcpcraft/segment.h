/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths between bytes and a TCP segment: no table walk, no allocation. Offsets
 * come from the field table at compile time. struct tc_seg is what the TCP machine sees;
 * struct tc_rx is a received frame taken apart; struct tc_template builds frames.
 */
#ifndef TCPCRAFT_SEGMENT_H
#define TCPCRAFT_SEGMENT_H

#include <tcpcraft/addr.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/seq.h>
#include <tcpcraft/syn_order.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_packet;

/* Flag bits as in the header's 12 bits (tcp.flags). */
#define TC_FLAG_FIN 0x001u
#define TC_FLAG_SYN 0x002u
#define TC_FLAG_RST 0x004u
#define TC_FLAG_PSH 0x008u
#define TC_FLAG_ACK 0x010u
#define TC_FLAG_URG 0x020u
#define TC_FLAG_ECE 0x040u
#define TC_FLAG_CWR 0x080u
#define TC_FLAG_AE  0x100u
#define TC_FLAGS_RESERVED 0xe00u

/* Bits of tc_seg_opts.present. */
#define TC_HAS_MSS     0x01u
#define TC_HAS_WSCALE  0x02u
#define TC_HAS_SACK_OK 0x04u
#define TC_HAS_TS      0x08u
#define TC_HAS_SACK    0x10u
#define TC_HAS_MD5     0x20u	/* a digest, of zeros until tc_md5_sign */
#define TC_HAS_FASTOPEN 0x80u	/* RFC 7413: a cookie, or that one is asked for */
#define TC_HAS_AO      0x40u	/* key IDs and a code, of zeros until tc_ao_sign */

/* Codepoints of tc_seg.ecn: the two bits of the IP header (RFC 3168 5). */
#define TC_ECN_NOT  0u
#define TC_ECN_ECT1 1u
#define TC_ECN_ECT0 2u
#define TC_ECN_CE   3u

#define TC_SACK_BLOCKS 4
#define TC_COOKIE_MAX  16
#define TC_COOKIE_MIN  4

/* Of Fast Open (RFC 7413 4.1.1): an even number of bytes; none asks for one. */
struct tc_cookie {
	uint8_t n;
	uint8_t bytes[TC_COOKIE_MAX];
};

struct tc_seg_opts {
	uint8_t present;		/* TC_HAS_… */
	uint8_t wscale;
	uint16_t mss;			/* bytes */
	uint32_t ts_val;
	uint32_t ts_ecr;
	uint8_t n_sack;
	struct tc_cookie cookie;
	uint8_t ao_keyid, ao_rnextkeyid;
	struct { tc_seq left, right; } sack[TC_SACK_BLOCKS];
};

struct tc_seg {
	tc_seq seq;
	tc_seq ack;
	uint32_t len;			/* payload bytes (SYN and FIN not counted) */
	uint16_t wnd;			/* as in the header, unscaled */
	uint16_t urg;
	uint16_t flags;			/* TC_FLAG_… and the reserved bits above */
	uint8_t ecn;			/* TC_ECN_… */
	uint16_t each;			/* of ours: it stands for several of so many bytes, into which
					 * the link cuts it; 0: for itself */
	struct tc_seg_opts opts;
};

/* SEG.LEN of the RFC: payload plus one each for SYN and FIN. */
static inline uint32_t tc_seg_seq_len(const struct tc_seg *s)
{
	return s->len + !!(s->flags & TC_FLAG_SYN) + !!(s->flags & TC_FLAG_FIN);
}

/* Two ends seen from us: local is this side. Ports in host order. No padding: flows are
 * compared and hashed whole. */
struct tc_flow {
	struct tc_addr local_addr;
	struct tc_addr remote_addr;
	uint16_t local_port;
	uint16_t remote_port;
};

/* Of IPv4 addresses in host order. */
static inline struct tc_flow tc_flow_v4(uint32_t local, uint32_t remote, uint16_t local_port,
					uint16_t remote_port)
{
	return (struct tc_flow){ tc_addr_from_v4(local), tc_addr_from_v4(remote), local_port,
				 remote_port };
}

/* The pcap link types that are read (https://www.tcpdump.org/linktypes.html): numbers of
 * files and of pcap_datalink(), which differ only for raw IP. */
#define TC_DLT_UNKNOWN     (-1)	/* bytes that do not say what they begin with */
#define TC_DLT_NULL        0	/* BSD loopback: family in the writer's byte order */
#define TC_DLT_EN10MB      1
#define TC_DLT_RAW_BSD     12	/* raw IP as most systems number it */
#define TC_DLT_RAW_OPENBSD 14
#define TC_DLT_RAW         101	/* raw IP in files */
#define TC_DLT_LOOP        108	/* OpenBSD loopback: family big-endian */
#define TC_DLT_LINUX_SLL   113
#define TC_DLT_IPV4        228
#define TC_DLT_IPV6        229
#define TC_DLT_LINUX_SLL2  276

/* Kinds of frame that the receive path tells apart. */
enum tc_rx_kind {
	TC_RX_TCP,		/* a whole TCP segment */
	TC_RX_ICMP_ERROR,	/* ICMP error that quotes a TCP header */
	TC_RX_ARP,
	TC_RX_FRAGMENT,		/* IP fragment, of any protocol; atomic ones are none */
	TC_RX_OTHER,		/* l3 is NULL when it is neither IP nor ARP */
};

struct tc_rx {
	enum tc_rx_kind kind;
	const uint8_t *l3;		/* IP (or ARP) header inside the frame */
	size_t l3_len;			/* bytes of it that belong to the datagram */
	struct tc_addr src, dst;	/* ARP: sender's, target's; IP: the final one, where a
					 * source route or a routing header leads on */
	bool routed;			/* one does: the next hop is not dst */
	uint16_t sport, dport;
	uint16_t ip_id;			/* IPv6 has none: 0 */
	uint32_t flow_label;		/* of IPv6 */
	uint8_t ttl;			/* or hop limit */
	uint8_t dsfield;
	enum tc_checksum_state ip_checksum;
	enum tc_checksum_state tcp_checksum;
	enum tc_checksum_state icmp_checksum;
	struct tc_seg seg;
	const uint8_t *options;		/* TCP options, raw */
	size_t options_len;
	bool options_bad;		/* an option's length lies: the rest was not read */
	const uint8_t *payload;		/* seg.len - cut bytes inside the frame */
	uint32_t cut;			/* bytes of TCP's payload, or of another datagram,
					 * that the capture left out; then checksums over
					 * them are not judged (ok) */
	uint32_t head_cut;		/* bytes of the TCP header left out likewise, from its
					 * end: fields and options among them are 0 */
	bool no_window;			/* tcp.window_size_value is one of them */
	/* TC_RX_ICMP_ERROR: src is who sent the error; flow and seq are what it quotes,
	 * turned to our side (local is the quoted source). */
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_mtu;		/* type 3 code 4; ICMPv6: type 2, at most 65535 */
	struct tc_flow quoted;
	tc_seq quoted_seq;
	uint16_t quoted_id;		/* ip.id */
	uint32_t quoted_label;		/* flow label of IPv6 */
	uint8_t quoted_ttl;		/* as it was when the datagram died */
};

/*
 * Take a frame of pcap link type `dlt` (TC_DLT_…, EN10MB with any VLAN tags) apart. 0 and
 * *rx filled, pointers into the frame; what a kind of frame does not have is zero.
 * -EBADMSG with the reason for a frame whose headers lie or are cut (a counted drop for
 * the caller). TCP of IPv6 is found behind hop-by-hop and destination options, routing,
 * authentication and atomic fragment headers. Bytes after ip.len (Ethernet's padding) are left out. Checksums are
 * judged, not enforced. ip.len 0, which a sender with segmentation offload or a
 * super-segment over 64 KiB leaves behind, means the captured length.
 * Of the options the known ones of the right length are read, the last of each counts.
 * An ICMP error that quotes no TCP, and ARP for anything but IPv4 over Ethernet, is
 * TC_RX_OTHER.
 */
int tc_rx_parse(struct tc_rx *rx, const uint8_t *frame, size_t n, int dlt,
		struct tc_error *err);

/*
 * The same for a frame out of a capture, which kept n of wire_n bytes (wire_n >= n): the
 * IP header must be there and TCP's up to its flags; seg.len is what the segment had on
 * the wire. What a capture does to frames is taken for that: bytes that ip.len counts and
 * that are lacking are cut, whatever wire_n says; an IP checksum of 0 and a TCP checksum
 * that is the pseudo-header's sum without its length are partial, left to the card.
 */
int tc_rx_parse_cut(struct tc_rx *rx, const uint8_t *frame, size_t n, size_t wire_n, int dlt,
		    struct tc_error *err);

/* Bytes before the IP/ARP header in a frame of this link type, and its ethertype
 * (0x0800 for raw IPv4, 0x86dd for raw IPv6, 0 for a loopback family that is not IP). -EBADMSG when cut or
 * when the link type is unknown. */
int tc_link_header(const uint8_t *frame, size_t n, int dlt, uint16_t *ethertype,
		   struct tc_error *err);

/* What is the same in all frames of a run. Link header included when there is one. */
struct tc_template {
	uint8_t head[22 + 40];		/* [Ethernet [VLAN [VLAN]]] IPv4 without options, or IPv6 */
	uint8_t l3;			/* offset of the IP header: 0, 14, 18 or 22 */
	uint8_t l4;			/* … and of TCP's */
	uint8_t family;			/* 4 or 6 */
	uint16_t ip_sum;		/* sum of the constant words of the IPv4 header */
	uint16_t tcp_sum;		/* sum of what is constant in pseudo-header */
	struct tc_syn_order order;	/* of a SYN's options; set it after tc_template_init */
};

/* Longest header tc_template_emit writes: link + IPv6 + TCP with all options. */
#define TC_HEAD_MAX (22 + 40 + 60)

/*
 * Make a template from a packet of layers [eth [vlan [vlan]]] ip|ipv6 tcp; its link header,
 * TTL or hop limit, flags, dsfield or traffic class and flow label are kept, all else comes
 * with each frame. -EINVAL for other layers, IP options, and for a field set on purpose that
 * a template computes (ip.len, ip.checksum, ipv6.plen, tcp.hdr_len …): what is to be wrong
 * is built with tc_packet_build.
 */
int tc_template_init(struct tc_template *t, struct tc_packet *p, struct tc_error *err);

/* Diffserv codepoint and ECN bits, 8 together as in the header, of the frames from now on; the
 * bits of seg->ecn are set in them besides. One thread. */
void tc_template_set_dsfield(struct tc_template *t, uint8_t dsfield);

/*
 * Write one frame to out (TC_HEAD_MAX + seg->len bytes of room): headers with right
 * lengths and checksums, seg->ecn set in the template's field, options from seg->opts in the order Linux writes them, those of a SYN
 * in t->order, then the payload (seg->len bytes; may be NULL when the payload is already in place, see
 * tc_template_head_len). Both addresses of the flow are of the template's family; of IPv6
 * ip_id is not looked at. Returns the length of the frame. At most TC_PAYLOAD_MAX bytes
 * of payload, or less by what tc_seg_opts_len says. Thread-safe.
 */
size_t tc_template_emit(const struct tc_template *t, const struct tc_flow *flow,
			const struct tc_seg *seg, uint16_t ip_id, const uint8_t *payload,
			uint8_t *out);

/* Payload of the longest IPv4 datagram without options in either header. */
#define TC_PAYLOAD_MAX (65535 - 20 - 20)

/* Bytes that tc_template_emit puts before the payload of seg. */
size_t tc_template_head_len(const struct tc_template *t, const struct tc_seg *seg);

/* Length of the options that tc_template_emit writes for opts in Linux's order: a multiple of 4, at most
 * TC_OPTIONS_MAX. SACK blocks that do not fit beside the others are left out. */
size_t tc_seg_opts_len(const struct tc_seg_opts *opts);

/* tcpdump's letters into text[16]: "S", "S.", "P.", "F.", "R", "SEW", "none",
 * AE as "e". The reserved bits have no letter. */
void tc_flags_print(uint16_t flags, char text[16]);

/* Where numbers are counted from: the ISNs of the sender and of the receiver, 0 where the
 * numbers themselves are to be shown. */
struct tc_isns {
	tc_seq seq, ack;
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of headers around datagrams; see headers.h. Names are Wireshark's. */
#include "headers.h"

#include <assert.h>

#define ROW(nm, o, b, k, s, r, d) \
	{ .name = nm, .off = o, .bits = b, .kind = TC_KIND_##k, .syms = s, .unit = "", \
	  .ref = r, .doc = d },

static const struct tc_sym ppp_protocols[] = {
	{ 0x0021, "ip" }, { 0x0057, "ipv6" }, { 0x0281, "mpls" }, { 0, NULL }
};

static const struct tc_field service_tag[] = {
	ROW("ieee8021ad.priority", 0, 3, UINT, NULL, "IEEE 802.1Q 9.6", "priority code point")
	ROW("ieee8021ad.dei", 3, 1, FLAG, NULL, "IEEE 802.1Q 9.6", "may be dropped first")
	ROW("ieee8021ad.id", 4, 12, UINT, NULL, "IEEE 802.1Q 9.6", "service VLAN identifier")
	ROW("ieee8021ad.etype", 16, 16, HEX, tc_syms_ethertype, "IEEE 802.1Q 9.5",
	    "what follows")
};

static const struct tc_field llc[] = {
	ROW("llc.dsap", 0, 8, HEX, NULL, "IEEE 802.2 3.3.1", "destination's service")
	ROW("llc.ssap", 8, 8, HEX, NULL, "IEEE 802.2 3.3.1", "source's service")
	ROW("llc.control", 16, 8, HEX, NULL, "IEEE 802.2 3.3.2", "3: unnumbered information")
	ROW("llc.oui", 24, 24, HEX, NULL, "RFC 1042", "who numbers the types")
	ROW("llc.type", 48, 16, HEX, tc_syms_ethertype, "RFC 1042", "what follows")
};

static const struct tc_field pppoe[] = {
	ROW("pppoe.version", 0, 4, UINT, NULL, "RFC 2516 4", "version")
	ROW("pppoe.type", 4, 4, UINT, NULL, "RFC 2516 4", "type")
	ROW("pppoe.code", 8, 8, HEX, NULL, "RFC 2516 4", "0: data of a session")
	ROW("pppoe.session_id", 16, 16, HEX, NULL, "RFC 2516 4", "session")
	ROW("pppoe.payload_length", 32, 16, UINT, NULL, "RFC 2516 4", "bytes that follow")
};

static const struct tc_field ppp[] = {
	ROW("ppp.protocol", 0, 16, HEX, ppp_protocols, "RFC 1661 2", "what follows")
};

static const struct tc_field ppp_short[] = {
	ROW("ppp.protocol", 0, 8, HEX, ppp_protocols, "RFC 1661 6.5", "what follows")
};

static const struct tc_field mpls[] = {
	ROW("mpls.label", 0, 20, UINT, NULL, "RFC 3032 2.1", "label")
	ROW("mpls.exp", 20, 3, UINT, NULL, "RFC 5462", "traffic class")
	ROW("mpls.bottom", 23, 1, FLAG, NULL, "RFC 3032 2.1", "the last label")
	ROW("mpls.ttl", 24, 8, UINT, NULL, "RFC 3032 2.1", "hops that are left")
};

static const struct tc_field control_word[] = {
	ROW("pweth.cw.reserved", 0, 16, HEX, NULL, "RFC 4385 3", "0: a control word of data")
	ROW("pweth.cw.sequence_number", 16, 16, UINT, NULL, "RFC 4448 4.6", "0: not counted")
};

static const struct tc_field udp[] = {
	ROW("udp.srcport", 0, 16, UINT, NULL, "RFC 768", "source port")
	ROW("udp.dstport", 16, 16, UINT, NULL, "RFC 768", "destination port")
	ROW("udp.length", 32, 16, UINT, NULL, "RFC 768", "bytes of header and data")
	ROW("udp.checksum", 48, 16, HEX, NULL, "RFC 768", "0: none")
};

static const struct tc_field gre[] = {
	ROW("gre.flags_and_version", 0, 16, HEX, NULL, "RFC 2784 2, RFC 2890 2",
	    "which fields follow, version 0")
	ROW("gre.proto", 16, 16, HEX, tc_syms_ethertype, "RFC 2784 2.4", "what follows")
};

static const struct tc_field gre_sum[] = {
	ROW("gre.checksum", 0, 16, HEX, NULL, "RFC 2784 2.5", "of header and payload")
	ROW("gre.offset", 16, 16, UINT, NULL, "RFC 2784 2.6", "reserved")
};

static const struct tc_field gre_key[] = {
	ROW("gre.key", 0, 32, HEX, NULL, "RFC 2890 2.1", "flow within the tunnel")
};

static const struct tc_field gre_sequence[] = {
	ROW("gre.sequence_number", 0, 32, UINT, NULL, "RFC 2890 2.2", "place in the flow")
};

static const struct tc_field vxlan[] = {
	ROW("vxlan.flags", 0, 16, HEX, NULL, "RFC 7348 5", "0x0800: the network is valid")
	ROW("vxlan.gbp", 16, 16, UINT, NULL, "RFC 7348 5", "reserved, or group policy")
	ROW("vxlan.vni", 32, 24, UINT, NULL, "RFC 7348 5", "network")
	ROW("vxlan.reserved8", 56, 8, UINT, NULL, "RFC 7348 5", "reserved")
};

static const struct tc_field geneve[] = {
	ROW("geneve.version", 0, 2, UINT, NULL, "RFC 8926 3.4", "version")
	ROW("geneve.options_length", 2, 6, UINT, NULL, "RFC 8926 3.4", "32-bit words behind it")
	ROW("geneve.flags", 8, 8, HEX, NULL, "RFC 8926 3.4", "control, critical options")
	ROW("geneve.proto_type", 16, 16, HEX, tc_syms_ethertype, "RFC 8926 3.4", "what follows")
	ROW("geneve.vni", 32, 24, UINT, NULL, "RFC 8926 3.4", "network")
	ROW("geneve.reserved", 56, 8, HEX, NULL, "RFC 8926 3.4", "reserved")
};

static const struct tc_field gtp[] = {
	ROW("gtp.flags", 0, 8, HEX, NULL, "3GPP TS 29.281 5.1", "version, and which fields follow")
	ROW("gtp.message", 8, 8, HEX, NULL, "3GPP TS 29.281 6.1", "0xff: a user's packet")
	ROW("gtp.length", 16, 16, UINT, NULL, "3GPP TS 29.281 5.1", "bytes behind these eight")
	ROW("gtp.teid", 32, 32, HEX, NULL, "3GPP TS 29.281 5.1", "tunnel, at who gets it")
};

static const struct tc_field teredo_sender[] = {
	ROW("teredo.auth.type", 0, 16, HEX, NULL, "RFC 4380 5.1.1", "1: who the sender is")
	ROW("teredo.auth.idlen", 16, 8, UINT, NULL, "RFC 4380 5.1.1", "bytes of its name")
	ROW("teredo.auth.aulen", 24, 8, UINT, NULL, "RFC 4380 5.1.1", "bytes of its proof")
};

static const struct tc_field teredo_origin[] = {
	ROW("teredo.orig.type", 0, 16, HEX, NULL, "RFC 4380 5.1.1", "0: where the sender stands")
	ROW("teredo.orig.obscured_port", 16, 16, HEX, NULL, "RFC 4380 5.1.1",
	    "its port, each bit inverted")
	ROW("teredo.orig.obscured_addr", 32, 32, HEX, NULL, "RFC 4380 5.1.1",
	    "its address, each bit inverted")
};

static const struct tc_field metadata[] = {
	ROW("cmd.version", 0, 8, UINT, NULL, "Cisco metadata", "version")
	ROW("cmd.length", 8, 8, UINT, NULL, "Cisco metadata", "of this header, 8 bytes each")
	ROW("cmd.options", 16, 16, HEX, NULL, "Cisco metadata", "its length 3 bits, its kind: 1, a group")
	ROW("cmd.sgt", 32, 16, UINT, NULL, "Cisco metadata", "security group of the sender")
	ROW("cmd.type", 48, 16, HEX, tc_syms_ethertype, "Cisco metadata", "what follows")
};

static const struct tc_field etag[] = {
	ROW("etag.pcp", 0, 3, UINT, NULL, "IEEE 802.1BR 7.5", "priority code point")
	ROW("etag.dei", 3, 1, UINT, NULL, "IEEE 802.1BR 7.5", "may be dropped first")
	ROW("etag.iecid_base", 4, 12, HEX, NULL, "IEEE 802.1BR 7.5", "where it came in")
	ROW("etag.group", 18, 2, UINT, NULL, "IEEE 802.1BR 7.5", "0: to one port")
	ROW("etag.ecid_base", 20, 12, HEX, NULL, "IEEE 802.1BR 7.5", "where it goes")
	ROW("etag.iecid_ext", 32, 8, HEX, NULL, "IEEE 802.1BR 7.5", "more of where it came in")
	ROW("etag.ecid_ext", 40, 8, HEX, NULL, "IEEE 802.1BR 7.5", "more of where it goes")
	ROW("etag.etype", 48, 16, HEX, tc_syms_ethertype, "IEEE 802.1BR 7.5", "what follows")
};

static const struct tc_field vntag[] = {
	ROW("vntag.dir", 0, 1, FLAG, NULL, "Cisco VN-Tag", "to the extender")
	ROW("vntag.ptr", 1, 1, FLAG, NULL, "Cisco VN-Tag", "to a list of ports")
	ROW("vntag.dst", 2, 14, UINT, NULL, "Cisco VN-Tag", "virtual interface it goes to")
	ROW("vntag.looped", 16, 1, FLAG, NULL, "Cisco VN-Tag", "came from the same extender")
	ROW("vntag.version", 18, 2, UINT, NULL, "Cisco VN-Tag", "version")
	ROW("vntag.src", 20, 12, UINT, NULL, "Cisco VN-Tag", "virtual interface it came from")
	ROW("vntag.etype", 32, 16, HEX, tc_syms_ethertype, "Cisco VN-Tag", "what follows")
};

static const struct tc_field pbb[] = {
	ROW("ieee8021ah.priority", 0, 3, UINT, NULL, "IEEE 802.1Q 9.7", "priority code point")
	ROW("ieee8021ah.drop", 3, 1, UINT, NULL, "IEEE 802.1Q 9.7", "may be dropped first")
	ROW("ieee8021ah.nca", 4, 1, UINT, NULL, "IEEE 802.1Q 9.7", "the customer's addresses are used")
	ROW("ieee8021ah.isid", 8, 24, UINT, NULL, "IEEE 802.1Q 9.7", "service")
};

static const struct tc_field fabricpath[] = {
	ROW("cfp.ftag", 0, 10, UINT, NULL, "Cisco FabricPath", "tree")
	ROW("cfp.ttl", 10, 6, UINT, NULL, "Cisco FabricPath", "hops that are left")
};

static const struct tc_field nsh[] = {
	ROW("nsh.version", 0, 2, UINT, NULL, "RFC 8300 2.2", "version")
	ROW("nsh.ttl", 4, 6, UINT, NULL, "RFC 8300 2.2", "hops that are left")
	ROW("nsh.length", 10, 6, UINT, NULL, "RFC 8300 2.2", "32-bit words of this header")
	ROW("nsh.mdtype", 20, 4, UINT, NULL, "RFC 8300 2.2", "1: one context of 16 bytes")
	ROW("nsh.nextproto", 24, 8, UINT, NULL, "RFC 8300 2.2", "what follows: 1 IPv4, 2 IPv6, 3 Ethernet")
	ROW("nsh.spi", 32, 24, UINT, NULL, "RFC 8300 2.3", "path")
	ROW("nsh.si", 56, 8, UINT, NULL, "RFC 8300 2.3", "place in the path")
};

static const struct tc_field erspan[] = {
	ROW("erspan.version", 0, 4, UINT, NULL, "draft-foschiano-erspan 4.2", "1: type II")
	ROW("erspan.vlan", 4, 12, UINT, NULL, "draft-foschiano-erspan 4.2", "VLAN of the frame")
	ROW("erspan.cos", 16, 3, UINT, NULL, "draft-foschiano-erspan 4.2", "its priority")
	ROW("erspan.encap", 19, 2, UINT, NULL, "draft-foschiano-erspan 4.2", "how it was tagged")
	ROW("erspan.truncated", 21, 1, UINT, NULL, "draft-foschiano-erspan 4.2", "it was cut")
	ROW("erspan.spanid", 22, 10, UINT, NULL, "draft-foschiano-erspan 4.2", "session")
	ROW("erspan.index", 44, 20, UINT, NULL, "draft-foschiano-erspan 4.2", "port")
};

static const struct tc_field erspan3[] = {
	ROW("erspan.version", 0, 4, UINT, NULL, "draft-foschiano-erspan 4.3", "2: type III")
	ROW("erspan.vlan", 4, 12, UINT, NULL, "draft-foschiano-erspan 4.3", "VLAN of the frame")
	ROW("erspan.cos", 16, 3, UINT, NULL, "draft-foschiano-erspan 4.3", "its priority")
	ROW("erspan.bso", 19, 2, UINT, NULL, "draft-foschiano-erspan 4.3", "0: it was whole")
	ROW("erspan.truncated", 21, 1, UINT, NULL, "draft-foschiano-erspan 4.3", "it was cut")
	ROW("erspan.spanid", 22, 10, UINT, NULL, "draft-foschiano-erspan 4.3", "session")
	ROW("erspan.timestamp", 32, 32, UINT, NULL, "draft-foschiano-erspan 4.3", "when")
	ROW("erspan.sgt", 64, 16, UINT, NULL, "draft-foschiano-erspan 4.3", "security group")
	ROW("erspan.p", 80, 1, UINT, NULL, "draft-foschiano-erspan 4.3", "it is an Ethernet frame")
	ROW("erspan.ft", 81, 5, UINT, NULL, "draft-foschiano-erspan 4.3", "0 Ethernet, 2 IP")
	ROW("erspan.hw", 86, 6, UINT, NULL, "draft-foschiano-erspan 4.3", "engine")
	ROW("erspan.gra", 93, 2, UINT, NULL, "draft-foschiano-erspan 4.3", "unit of the timestamp")
	ROW("erspan.o", 95, 1, UINT, NULL, "draft-foschiano-erspan 4.3", "a platform's header follows")
};

static const struct tc_field wccp[] = {
	ROW("gre.wccp.flags", 0, 8, HEX, NULL, "draft-mclaggan-wccp 4.12", "0x80: of a dynamic service")
	ROW("gre.wccp.service_id", 8, 8, UINT, NULL, "draft-mclaggan-wccp 4.12", "service")
	ROW("gre.wccp.alternative_bucket", 16, 8, UINT, NULL, "draft-mclaggan-wccp 4.12",
	    "bucket of the other hash")
	ROW("gre.wccp.primary_bucket", 24, 8, UINT, NULL, "draft-mclaggan-wccp 4.12", "bucket")
};

static const struct tc_field pptp_key[] = {
	ROW("gre.key.payload_length", 0, 16, UINT, NULL, "RFC 2637 4.1", "bytes behind this header")
	ROW("gre.key.call_id", 16, 16, UINT, NULL, "RFC 2637 4.1", "call, at who gets it")
};

static const struct tc_field pptp_ack[] = {
	ROW("gre.ack_number", 0, 32, UINT, NULL, "RFC 2637 4.1", "the last packet that came")
};

static const struct tc_field ppp_address[] = {
	ROW("ppp.address", 0, 8, HEX, NULL, "RFC 1662 3.1", "0xff: to all")
	ROW("ppp.control", 8, 8, HEX, NULL, "RFC 1662 3.1", "3: unnumbered information")
};

static const struct tc_field capwap[] = {
	ROW("capwap.preamble.version", 0, 4, UINT, NULL, "RFC 5415 4.1", "version")
	ROW("capwap.preamble.type", 4, 4, UINT, NULL, "RFC 5415 4.1", "0: not encrypted")
	ROW("capwap.header.length", 8, 5, UINT, NULL, "RFC 5415 4.3", "32-bit words of the header")
	ROW("capwap.header.rid", 13, 5, UINT, NULL, "RFC 5415 4.3", "radio")
	ROW("capwap.header.wbid", 18, 5, UINT, NULL, "RFC 5415 4.3", "1: 802.11's")
	ROW("capwap.header.flags", 23, 9, HEX, NULL, "RFC 5415 4.3", "0x100: not Ethernet; what follows")
};

static const struct tc_field wlan[] = {
	ROW("wlan.fc", 0, 16, HEX, NULL, "IEEE 802.11 9.2.4.1", "kind and flags")
	ROW("wlan.duration_id", 16, 16, HEX, NULL, "IEEE 802.11 9.2.4.2", "how long it takes")
	ROW("wlan.ra", 32, 48, MAC, NULL, "IEEE 802.11 9.2.4.3", "who receives it")
	ROW("wlan.ta", 80, 48, MAC, NULL, "IEEE 802.11 9.2.4.3", "who sends it")
};

#define HEADER(id, nm, ttl, bytes, r) \
	[(unsigned)id - TC_HDR_COUNT] = { .name = nm, .title = ttl, .rows = r, \
		.n_rows = sizeof r / sizeof *r, .head_bytes = bytes, .var_row = -1, \
		.ipproto = -1 },

static const struct tc_header headers[] = {
	HEADER(PEEL_SERVICE_TAG, "ieee8021ad", "802.1ad service tag", 4, service_tag)
	HEADER(PEEL_LLC, "llc", "Logical link control, and SNAP", 8, llc)
	HEADER(PEEL_PPPOE, "pppoe", "PPP over Ethernet, session", 6, pppoe)
	HEADER(PEEL_PPP, "ppp", "Point-to-Point Protocol", 2, ppp)
	HEADER(PEEL_PPP_SHORT, "ppp", "Point-to-Point Protocol", 1, ppp_short)
	HEADER(PEEL_MPLS, "mpls", "MPLS label", 4, mpls)
	HEADER(PEEL_CONTROL_WORD, "pwethcw", "Pseudowire's control word", 4, control_word)
	HEADER(PEEL_UDP, "udp", "User Datagram Protocol", 8, udp)
	HEADER(PEEL_GRE, "gre", "Generic Routing Encapsulation", 4, gre)
	HEADER(PEEL_GRE_SUM, "gre.checksum", "GRE checksum", 4, gre_sum)
	HEADER(PEEL_GRE_KEY, "gre.key", "GRE key", 4, gre_key)
	HEADER(PEEL_GRE_SEQUENCE, "gre.sequence_number", "GRE sequence number", 4, gre_sequence)
	HEADER(PEEL_VXLAN, "vxlan", "Virtual eXtensible LAN", 8, vxlan)
	HEADER(PEEL_GENEVE, "geneve", "Generic Network Virtualization Encapsulation", 8, geneve)
	HEADER(PEEL_GTP, "gtp", "GPRS Tunnelling Protocol, user plane", 8, gtp)
	HEADER(PEEL_TEREDO_SENDER, "teredo.auth", "Teredo, authentication", 4, teredo_sender)
	HEADER(PEEL_TEREDO_ORIGIN, "teredo.orig", "Teredo, origin", 8, teredo_origin)
	HEADER(PEEL_METADATA, "cmd", "Cisco metadata", 8, metadata)
	HEADER(PEEL_ETAG, "etag", "802.1BR tag", 8, etag)
	HEADER(PEEL_VNTAG, "vntag", "Cisco VN-Tag", 6, vntag)
	HEADER(PEEL_PBB, "ieee8021ah", "802.1ah service tag", 4, pbb)
	HEADER(PEEL_FABRICPATH, "cfp", "Cisco FabricPath", 2, fabricpath)
	HEADER(PEEL_NSH, "nsh", "Network Service Header", 8, nsh)
	HEADER(PEEL_ERSPAN, "erspan", "ERSPAN, type II", 8, erspan)
	HEADER(PEEL_ERSPAN3, "erspan", "ERSPAN, type III", 12, erspan3)
	HEADER(PEEL_WCCP, "gre.wccp", "WCCP, redirected", 4, wccp)
	HEADER(PEEL_PPTP_KEY, "gre.key", "PPTP's key", 4, pptp_key)
	HEADER(PEEL_PPTP_ACK, "gre.ack_number", "PPTP's acknowledgment", 4, pptp_ack)
	HEADER(PEEL_PPP_ADDRESS, "ppp.address", "PPP's address and control", 2, ppp_address)
	HEADER(PEEL_CAPWAP, "capwap", "CAPWAP, data", 8, capwap)
	HEADER(PEEL_WLAN, "wlan", "802.11 data, LLC and SNAP", 16, wlan)
};

const struct tc_header *tc_peel_header(unsigned kind)
{
	assert(kind < PEEL_COUNT);
	return kind < TC_HDR_COUNT ? tc_header_get(kind) : &headers[kind - TC_HDR_COUNT];
}

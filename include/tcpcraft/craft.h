/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames of a spec, one after the other: each packet is built once through the field
 * tables, and the frames that follow are that one with the changing fields patched and its
 * checksums updated (RFC 1624), where the spec allows that; else each is built anew. Both
 * ways give the same bytes. The same spec and seed give the same frames for ever.
 */
#ifndef TCPCRAFT_CRAFT_H
#define TCPCRAFT_CRAFT_H

#include <tcpcraft/spec.h>
#include <tcpcraft/vlan.h>

struct tc_buf;
struct tc_craft;
struct tc_ao_key;
struct tc_md5_key;

#define TC_CRAFT_BATCH 64	/* frames from one tc_craft_fill */

struct tc_craft_config {
	uint64_t seed;		/* decides what is rand */
	uint64_t rounds;	/* each packet so many times, the whole list in order;
				 * 0 = for ever */
	unsigned fragment;	/* bytes of IP payload in a fragment, 0 = do not */
	struct tc_vlan vlan;	/* tags behind the spec's Ethernet header */
	const struct tc_md5_key *md5;	/* fills in digests of zeros (RFC 2385), as of the whole
				 * packet; outlives the craft. NULL: nobody does */
	const struct tc_ao_key *ao;	/* the same of codes of zeros (RFC 5925). Its ISNs: a SYN
				 * says its own; else what is before tcp.seq and tcp.ack */
};

/* The spec must outlive the craft and not change. Errors of tc_packet_build, and -EINVAL
 * for a fragment size that is not a multiple of 8, or with fields that fragments compute. */
int tc_craft_open(struct tc_craft **c, const struct tc_spec *spec,
		  const struct tc_craft_config *cfg, struct tc_error *err);

/* Whole frames instead: n of them, copied, sent as they are. `first` is what they begin
 * with: Ethernet, or IP (then an Ethernet header with `mac`, 12 bytes of destination and
 * source, and the tags of cfg is put before each unless NULL). Of cfg the rest but the
 * rounds is not looked at. -EINVAL when n is 0 or a frame is empty. */
struct tc_bytes {
	const uint8_t *bytes;
	size_t len;
};

int tc_craft_open_frames(struct tc_craft **c, const struct tc_bytes *frames, size_t n,
			 enum tc_header_id first, const uint8_t *mac,
			 const struct tc_craft_config *cfg, struct tc_error *err);

void tc_craft_close(struct tc_craft *c);	/* NULL is allowed */

/* Where headers are in a frame: bytes from its start, -1 for one that is not there. */
struct tc_places {
	int ip, tcp;
};

/* Pointers are valid until the next tc_craft_fill. */
struct tc_crafted {
	const uint8_t *bytes;	/* what goes out */
	size_t len;
	uint64_t packet;	/* number from 1; fragments of one packet share it */
	unsigned part;		/* fragments count from 0 … */
	bool more;		/* … and others of the packet follow */
	int dlt;		/* what they begin with: TC_DLT_EN10MB or TC_DLT_RAW */
	const uint8_t *whole;	/* the packet before it was cut; else the same bytes */
	size_t whole_len;
	struct tc_places at;	/* in `whole` */
};

/* The next frames, at most TC_CRAFT_BATCH: those of the packet that the last call left in
 * the middle of its fragments, and of at most `packets` more. Their number, 0 at the end;
 * errors of tc_packet_build. */
int tc_craft_fill(struct tc_craft *c, struct tc_crafted out[TC_CRAFT_BATCH],
		  uint64_t packets, struct tc_error *err);

/* Begin again from the first frame. */
void tc_craft_rewind(struct tc_craft *c);

/* What the frames begin with: TC_DLT_EN10MB (Ethernet) or TC_DLT_RAW (IP). */
int tc_craft_dlt(const struct tc_craft *c);

/* Packets in all rounds, UINT64_MAX for ever. */
uint64_t tc_craft_packets(const struct tc_craft *c);

/* Bytes of the longest frame from the IP header on; of all of it when there is none. */
size_t tc_craft_longest(const struct tc_craft *c);

/* Are changing fields patched rather than frames built? For tests and measurements. */
bool tc_craft_is_patched(const struct tc_craft *c);

/*
 * The fields that were given several values, read back from a frame of this craft (its
 * first n bytes): fn is called for each in the order given. Nothing for whole frames, and
 * for fields of variable width. (Where those vary, n is the whole frame.)
 */
void tc_craft_changing(const struct tc_craft *c, const uint8_t *frame, size_t n,
		       void (*fn)(void *ctx, const struct tc_field *f, tc_value value),
		       void *ctx);

/* Were several sets of TCP options given? */
bool tc_craft_varies_options(const struct tc_craft *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spec: what packets are made of, as FIELD=VALUE texts over the field table. A value is
 * one (80, 0x50, http …, see field.h and packet.h), a list (80,443), a range (1-1024), a
 * list of both, or `rand`: a new one for each packet, from the seed. What reads as one
 * value is one value, though it has commas or dashes (syn,ack; mss 1460,nop; ftp-data).
 * Sets of TCP options are a list with bars (mss 536|mss 1460,nop,wscale 7).
 *
 * The packets of a spec are the product of all values, the field named last changing
 * fastest. Its layers are those that the fields name, around IPv4 and TCP: eth, vlan, arp,
 * icmp, prot, data and trailer come when one of their fields is named. A field of ipv6, of
 * its extension headers or of icmpv6 makes it IPv6; extension headers stand in the order of
 * RFC 8200 4.1, and an ICMPv6 message has the body that a field of it or its type names.
 *
 * A spec has one owner and no thread of its own.
 */
#ifndef TCPCRAFT_SPEC_H
#define TCPCRAFT_SPEC_H

#include <tcpcraft/field.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_spec;

int tc_spec_open(struct tc_spec **s, struct tc_error *err);
void tc_spec_free(struct tc_spec *s);	/* NULL is allowed */

/*
 * Add FIELD=VALUE, in two texts or in one. FIELD is one of the tables, or tcp.md5 or tcp.ao: the
 * option of RFC 2385 or RFC 5925 2.2 as all of tcp.options, its 16 or 12 bytes as hex digits or
 * `bad`, one value and no list. What was refused changes nothing. -EINVAL,
 * -ERANGE, -ENOENT, -EMSGSIZE with one line that names field, value and what is allowed;
 * -EINVAL also for a field that was given before, and for one whose layer does not fit
 * with the others (arp and tcp).
 */
int tc_spec_add(struct tc_spec *s, const char *field, const char *value,
		struct tc_error *err);
int tc_spec_add_pair(struct tc_spec *s, const char *pair, struct tc_error *err);

/* The payload behind the innermost header: layer data. Copied. -EINVAL when data.data was
 * given too. */
int tc_spec_payload(struct tc_spec *s, const uint8_t *bytes, size_t n,
		    struct tc_error *err);

/*
 * Values for what nobody named, after all that was. They do nothing for a field any bit of
 * which was named, or whose layer the packets do not have. `along`: the nth packet sent
 * (from 0) has value first + n / each % count; that makes no packets.
 */
int tc_spec_default(struct tc_spec *s, const char *field, const char *value,
		    struct tc_error *err);
int tc_spec_default_value(struct tc_spec *s, enum tc_header_id id, unsigned row,
			  tc_value value, struct tc_error *err);
int tc_spec_default_by_packet(struct tc_spec *s, enum tc_header_id id, unsigned row,
			  tc_value first, uint64_t count, uint64_t each,
			  struct tc_error *err);

/* Have this layer though no field of it is named: Ethernet, where the link wants it. */
void tc_spec_use_layer(struct tc_spec *s, enum tc_header_id id);

/* Do the packets have this layer? */
bool tc_spec_has_layer(const struct tc_spec *s, enum tc_header_id id);

/* Was a field of this header named (by tc_spec_add), and which: its name, or NULL. */
const char *tc_spec_names_layer(const struct tc_spec *s, enum tc_header_id id);

/* The first field named that makes packets IPv6, or NULL. */
const char *tc_spec_names_ipv6(const struct tc_spec *s);

/* Was a value given for this row, as itself? */
bool tc_spec_names_field(const struct tc_spec *s, enum tc_header_id id, unsigned row);

/* Append the bytes of a row of variable width that were given or are there by default: how many. */
size_t tc_spec_bytes(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		     struct tc_buf *out);

/* Smallest and largest value that a row was given or has by default above; false when it was not,
 * or only as part of an alias. */
bool tc_spec_range(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		   tc_value *low, tc_value *high);

/* Can a row of one bit be 1 in some packet? */
bool tc_spec_may_be_set(const struct tc_spec *s, enum tc_header_id id, unsigned row);

/* Call fn for each value or range of values of a row, a random one as 0 to the largest; stops, and
 * returns false, when fn does. */
bool tc_spec_each(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		  bool (*fn)(void *ctx, tc_value low, tc_value high), void *ctx);

/* How many packets one after the other differ in a row: as many as it has values when it
 * changes fastest, else 1. */
uint64_t tc_spec_run(const struct tc_spec *s, enum tc_header_id id, unsigned row);

/* How many packets the product has; at most 2^62 (tc_spec_add refuses more). */
uint64_t tc_spec_packets(const struct tc_spec *s);

#endif

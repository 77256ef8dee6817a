/* SPDX-License-Identifier: BSD-2-Clause */
/* See guard_table.h. The kernel answers a batch before sendto(2) returns: nothing is waited for. */
#include "guard_table.h"

#include "child.h"
#include "nl.h"

#include <tcpcraft/addr.h>

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHAIN "guard"
#define OWNED 2u		/* NFT_TABLE_F_OWNER, of Linux 5.12 */
#define BEFORE_FILTERS (-150)	/* NF_IP_PRI_MANGLE; an INPUT that rejects is at 0 */
#define BATCH_BYTES 4096
#define ANSWER_BYTES 8192
#define CHANGES 3		/* a table, its chain, its rule */
#define TRIES 10		/* to read a table while others are changed */
#define UNDER_WAY 200000000	/* ns: what the peer sent before it heard of the end */

struct batch {
	uint8_t bytes[BATCH_BYTES];
	size_t len;
	uint32_t seq;
};

/* ---- a rule, in nf_tables' words ------------------------------------------------------- */

static struct nlmsghdr *message(struct batch *b, uint16_t type, uint16_t flags, uint8_t family,
				uint16_t of)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(b->bytes + b->len);
	struct nfgenmsg *head;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++b->seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof *head);
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(of);
	return nlh;
}

static struct nlmsghdr *change(struct batch *b, const struct tc_guard_table *t, uint16_t what)
{
	return message(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what),
		       NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, t->family, 0);
}

static void close_message(struct batch *b, const struct nlmsghdr *nlh)
{
	b->len += nlh->nlmsg_len;
}

static void put_number(struct nlmsghdr *nlh, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(nlh, type, htonl(value));
}

/* What an expression is begun with, to be closed by `done`. */
struct expression {
	struct nlattr *element, *data;
};

static struct expression expression(struct nlmsghdr *nlh, const char *name)
{
	struct expression e = { .element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM) };

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	return e;
}

static void done(struct nlmsghdr *nlh, struct expression e)
{
	mnl_attr_nest_end(nlh, e.data);
	mnl_attr_nest_end(nlh, e.element);
}

static void load(struct nlmsghdr *nlh, uint32_t base, size_t offset, size_t len)
{
	struct expression e = expression(nlh, "payload");

	put_number(nlh, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(nlh, NFTA_PAYLOAD_BASE, base);
	put_number(nlh, NFTA_PAYLOAD_OFFSET, (uint32_t)offset);
	put_number(nlh, NFTA_PAYLOAD_LEN, (uint32_t)len);
	done(nlh, e);
}

static void compare(struct nlmsghdr *nlh, uint32_t how, const void *value, size_t len)
{
	struct expression e = expression(nlh, "cmp");
	struct nlattr *data;

	put_number(nlh, NFTA_CMP_SREG, NFT_REG_1);
	put_number(nlh, NFTA_CMP_OP, how);
	data = mnl_attr_nest_start(nlh, NFTA_CMP_DATA);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(nlh, data);
	done(nlh, e);
}

/* What was loaded, in network order, is one of lo to hi. */
static void between(struct nlmsghdr *nlh, const void *lo, const void *hi, size_t len)
{
	if (memcmp(lo, hi, len) == 0) {
		compare(nlh, NFT_CMP_EQ, lo, len);
		return;
	}
	compare(nlh, NFT_CMP_GTE, lo, len);
	compare(nlh, NFT_CMP_LTE, hi, len);
}

/* The peer's port is the first field of a segment, ours the second. Of a fragment that has
 * neither it is left alone. */
static void match_ports(struct nlmsghdr *nlh, const struct tc_guard_spec *s)
{
	const uint16_t lo = htons(s->port), hi = htons(s->port_hi ? s->port_hi : s->port);
	const uint16_t peer = htons(s->peer_port);
	const uint8_t tcp = IPPROTO_TCP;
	struct expression e = expression(nlh, "meta");

	put_number(nlh, NFTA_META_DREG, NFT_REG_1);
	put_number(nlh, NFTA_META_KEY, NFT_META_L4PROTO);
	done(nlh, e);
	compare(nlh, NFT_CMP_EQ, &tcp, sizeof tcp);
	load(nlh, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof lo);
	between(nlh, &lo, &hi, sizeof lo);
	if (!peer)
		return;
	load(nlh, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof peer);
	compare(nlh, NFT_CMP_EQ, &peer, sizeof peer);
}

/* Source and destination: at 12 and 16 of RFC 791 3.1, at 8 and 24 of RFC 8200 3. */
static void match_addresses(struct nlmsghdr *nlh, const struct tc_guard_spec *s)
{
	const struct tc_addr *hi = s->local_hi.family ? &s->local_hi : &s->local;
	size_t len = tc_nl_bits(&s->local) / 8, source = len == 4 ? 12 : 8;

	load(nlh, NFT_PAYLOAD_NETWORK_HEADER, source + len, len);
	between(nlh, s->local.bytes, hi->bytes, len);
	load(nlh, NFT_PAYLOAD_NETWORK_HEADER, source, len);
	compare(nlh, NFT_CMP_EQ, s->peer.bytes, len);
}

static void count_and_drop(struct nlmsghdr *nlh)
{
	struct expression e = expression(nlh, "counter");
	struct nlattr *data, *verdict;

	done(nlh, e);
	e = expression(nlh, "immediate");
	put_number(nlh, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(nlh, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(nlh, NFTA_DATA_VERDICT);
	put_number(nlh, NFTA_VERDICT_CODE, NF_DROP);
	mnl_attr_nest_end(nlh, verdict);
	mnl_attr_nest_end(nlh, data);
	done(nlh, e);
}

/* ---- a table, a chain and a rule, in one change ---------------------------------------- */

static void put_table(struct batch *b, const struct tc_guard_table *t)
{
	struct nlmsghdr *nlh = change(b, t, NFT_MSG_NEWTABLE);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, t->name);
	put_number(nlh, NFTA_TABLE_FLAGS, OWNED);
	close_message(b, nlh);
}

static void put_chain(struct batch *b, const struct tc_guard_table *t)
{
	struct nlmsghdr *nlh = change(b, t, NFT_MSG_NEWCHAIN);
	struct nlattr *hook;

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, t->name);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, CHAIN);
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	put_number(nlh, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
	put_number(nlh, NFTA_HOOK_PRIORITY, (uint32_t)BEFORE_FILTERS);
	mnl_attr_nest_end(nlh, hook);
	put_number(nlh, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "filter");
	close_message(b, nlh);
}

static void put_rule(struct batch *b, const struct tc_guard_table *t,
		     const struct tc_guard_spec *s)
{
	struct nlmsghdr *nlh = change(b, t, NFT_MSG_NEWRULE);
	struct nlattr *list;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, t->name);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, CHAIN);
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	match_ports(nlh, s);
	match_addresses(nlh, s);
	count_and_drop(nlh);
	mnl_attr_nest_end(nlh, list);
	close_message(b, nlh);
}

/* 1 a change was made, 0 nothing about one, or the kernel's negative errno. */
static int read_answer(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(nlh) < sizeof *e)
		return 0;
	return e->error < 0 ? e->error : 1;
}

/* Each change is acknowledged, or the batch is refused as a whole. */
static int read_answers(int fd)
{
	uint8_t answer[ANSWER_BYTES];
	int made = 0, rc = 0, left;
	ssize_t n;

	while ((n = recv(fd, answer, sizeof answer, MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *nlh = (const void *)answer;

		for (left = (int)n; rc >= 0 && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			rc = read_answer(nlh);
			made += rc > 0;
		}
	}
	if (rc < 0)
		return rc;
	return made == CHANGES ? 0 : -EIO;
}

static int make(struct tc_guard_table *t, const struct tc_guard_spec *s)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct batch b = { 0 };

	close_message(&b, message(&b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	put_table(&b, t);
	put_chain(&b, t);
	put_rule(&b, t, s);
	close_message(&b, message(&b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	if (sendto(t->fd, b.bytes, b.len, 0, (const void *)&kernel, sizeof kernel) < 0)
		return -errno;
	return read_answers(t->fd);
}

/* rst-guard lists the table by this name, as those of its own: whose it is, and its scope. Nobody
 * has to ask when the owner began, as the table ends with him. */
static void name_table(struct tc_guard_table *t, const struct tc_guard_spec *s)
{
	char local[2 * TC_ADDR_STRING], hi[TC_ADDR_STRING], peer[TC_ADDR_STRING];
	struct stat ns = { 0 };

	tc_addr_string(&s->local, local);
	if (s->local_hi.family && !tc_addr_equal(&s->local, &s->local_hi)) {
		strcat(local, "-");
		strcat(local, tc_addr_string(&s->local_hi, hi));
	}
	stat("/proc/self/ns/pid", &ns);
	snprintf(t->name, sizeof t->name, "tcpcraft_%ld_0_%u_shield_%s_%u-%u_%s_%u_0x%" PRIx32,
		 (long)getpid(), (unsigned)ns.st_ino, local, s->port,
		 s->port_hi ? s->port_hi : s->port, tc_addr_string(&s->peer, peer), s->peer_port,
		 s->mark ? s->mark : TC_GUARD_MARK);
	for (char *at = t->name; *at; at++)
		if (*at == ':')
			*at = '/';
}

int tc_guard_table_open(struct tc_guard_table *t, const struct tc_guard_spec *spec)
{
	struct tc_guard_spec s = *spec;
	int rc;

	if (!s.local.family || s.local.family != s.peer.family ||
	    tc_addr_is_unspecified(&s.local) || tc_addr_is_unspecified(&s.peer))
		return -EINVAL;
	s.local.scope = s.local_hi.scope = s.peer.scope = 0;
	t->family = s.local.family == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	name_table(t, &s);
	t->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (t->fd < 0)
		return -errno;
	rc = make(t, &s);
	if (rc < 0)
		close(t->fd);
	return rc;
}

/* ---- in the child that keeps it --------------------------------------------------------- */

struct counted {
	bool counter;			/* the expression at hand is one */
	uint64_t packets;		/* of all */
};

static int read_counter(const struct nlattr *at, void *ctx)
{
	struct counted *c = ctx;

	if (mnl_attr_get_type(at) == NFTA_COUNTER_PACKETS)
		c->packets += be64toh(mnl_attr_get_u64(at));
	return MNL_CB_OK;
}

/* The name stands before the data. */
static int read_expression(const struct nlattr *at, void *ctx)
{
	struct counted *c = ctx;

	if (mnl_attr_get_type(at) == NFTA_EXPR_NAME)
		c->counter = strcmp(mnl_attr_get_str(at), "counter") == 0;
	else if (mnl_attr_get_type(at) == NFTA_EXPR_DATA && c->counter)
		return mnl_attr_parse_nested(at, read_counter, ctx);
	return MNL_CB_OK;
}

static int read_list(const struct nlattr *at, void *ctx)
{
	return mnl_attr_parse_nested(at, read_expression, ctx);
}

static int read_rule(const struct nlmsghdr *nlh, void *ctx)
{
	struct tc_nl_attrs a;

	tc_nl_attrs(nlh, sizeof(struct nfgenmsg), &a);
	return a.at[NFTA_RULE_EXPRESSIONS] ?
	       mnl_attr_parse_nested(a.at[NFTA_RULE_EXPRESSIONS], read_list, ctx) : MNL_CB_OK;
}

/* What the rule dropped, or a negative errno. */
static int64_t dropped(const struct tc_guard_table *t)
{
	struct batch b = { 0 };
	struct nlmsghdr *nlh = message(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP,
				       t->family, 0);
	uint8_t answer[ANSWER_BYTES];
	struct counted c = { 0 };
	ssize_t n;
	int rc;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, t->name);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, CHAIN);
	if (send(t->fd, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = recv(t->fd, answer, sizeof answer, 0);
		rc = n < 0 ? -1 : mnl_cb_run(answer, (size_t)n, b.seq, 0, read_rule, &c);
	} while (rc > MNL_CB_STOP);
	return rc < 0 ? -errno : (int64_t)c.packets;
}

static void report(const struct tc_guard_table *t, int talk)
{
	const struct timespec moment = { .tv_nsec = TC_MS };
	char line[128];
	int64_t n = dropped(t);

	for (int i = 0; i < TRIES && n == -EINTR; i++) {	/* another table changed meanwhile */
		nanosleep(&moment, NULL);
		n = dropped(t);
	}
	if (n >= 0)
		snprintf(line, sizeof line, "blocked %" PRId64 "\n", n);
	else
		snprintf(line, sizeof line, "rst-guard: what was hidden cannot be counted: %s\n",
			 n == -EINTR ? "others keep changing nf_tables: use --guard rst" :
			 strerror((int)-n));
	send(talk, line, strlen(line), MSG_NOSIGNAL);
}

/* The lines are "count" and "del": the first letter of each is in no other place of either. */
static void obey(const struct tc_guard_table *t, int talk)
{
	const struct timespec under_way = { .tv_nsec = UNDER_WAY };
	char letter;

	while (recv(talk, &letter, 1, 0) == 1) {
		if (letter == 'c')
			report(t, talk);
		if (letter != 'd')
			continue;
		nanosleep(&under_way, NULL);
		report(t, talk);
		return;
	}
}

void tc_guard_table_keep(void *ctx, int talk)
{
	struct tc_guard_table t = *(const struct tc_guard_table *)ctx;
	const int fds[] = { t.fd, talk };
	static const char ready[] = "ready table\n";
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "tcpcraft-guard");
	tc_child_descriptors(fds, 2);
	t.fd = 0;
	send(1, ready, sizeof ready - 1, MSG_NOSIGNAL);
	obey(&t, 1);
	_exit(0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every state and what it does with every kind of event: RFC 9293 3.10 on one page.
 *
 * Numbers are relative to each side's ISN; a FIN takes number 1, so whoever has sent one
 * goes on at 2; "R. seq=16" is the RFC's absolute <SEQ=0>. The segments of each state: two
 * SYNs; an ACK; an ACK of what was never sent; text at the edge, beyond a hole, beyond the
 * window; FIN; text without ACK; resets that acknowledge, at the edge, in the window,
 * outside.
 */
#include "tcp_lab.h"

struct row {
	enum tc_state in;
	const char *when;	/* a segment that arrives, or a user call, or TIMEOUT */
	const char *sends;	/* segments, in order */
	enum tc_state then;
	const char *tells;	/* the user, in order; KEEP: text kept beyond a hole */
	const char *clause;	/* what the machine says wherever it says one */
};

#define ROW(in, when, sends, then, tells, clause) \
	{ TC_ST_##in, when, sends, TC_ST_##then, tells, "RFC 9293 " clause },
static const struct row rows[] = {
ROW(CLOSED,       "S seq=0",                    "R. seq=16 ack=1",     CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "S. seq=0 ack=1",             "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       ". seq=1 ack=1",              "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       ". seq=1 ack=10",             "R seq=10",            CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "P. seq=1 ack=1 len=5",       "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "P. seq=11 ack=1 len=5",      "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "P. seq=20001 ack=1 len=5",   "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "F. seq=1 ack=1",             "R seq=1",             CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "P seq=1 len=5",              "R. seq=16 ack=6",     CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "R. seq=0 ack=1",             "",                    CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "R seq=1",                    "",                    CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "R seq=11",                   "",                    CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "R seq=20001",                "",                    CLOSED,       "",                        "3.10.7.1")
ROW(CLOSED,       "OPEN",                       "S seq=0",             SYN_SENT,     "",                        "3.10.1 OPEN, active")
ROW(CLOSED,       "SEND",                       "",                    CLOSED,       "ERROR",                   "3.10.2")
ROW(CLOSED,       "CLOSE",                      "",                    CLOSED,       "ERROR",                   "3.10.4")
ROW(CLOSED,       "ABORT",                      "",                    CLOSED,       "ERROR",                   "3.10.5")
ROW(CLOSED,       "TIMEOUT",                    "",                    CLOSED,       "",                        "3.10.8")

ROW(LISTEN,       "S seq=0",                    "S. seq=0 ack=1",      SYN_RECEIVED, "",                        "3.10.7.2 third: SYN")
ROW(LISTEN,       "S. seq=0 ack=1",             "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       ". seq=1 ack=1",              "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       ". seq=1 ack=10",             "R seq=10",            LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       "P. seq=1 ack=1 len=5",       "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       "P. seq=11 ack=1 len=5",      "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       "P. seq=20001 ack=1 len=5",   "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       "F. seq=1 ack=1",             "R seq=1",             LISTEN,       "",                        "3.10.7.2 second: ACK")
ROW(LISTEN,       "P seq=1 len=5",              "",                    LISTEN,       "",                        "3.10.7.2 fourth")
ROW(LISTEN,       "R. seq=0 ack=1",             "",                    LISTEN,       "",                        "3.10.7.2 first: RST")
ROW(LISTEN,       "R seq=1",                    "",                    LISTEN,       "",                        "3.10.7.2 first: RST")
ROW(LISTEN,       "R seq=11",                   "",                    LISTEN,       "",                        "3.10.7.2 first: RST")
ROW(LISTEN,       "R seq=20001",                "",                    LISTEN,       "",                        "3.10.7.2 first: RST")
ROW(LISTEN,       "OPEN",                       "S seq=0",             SYN_SENT,     "",                        "3.10.1 OPEN, active")
ROW(LISTEN,       "SEND",                       "",                    LISTEN,       "ERROR",                   "3.10.2")
ROW(LISTEN,       "CLOSE",                      "",                    CLOSED,       "CLOSED",                  "3.10.4 CLOSE in LISTEN")
ROW(LISTEN,       "ABORT",                      "",                    CLOSED,       "CLOSED",                  "3.10.5 ABORT")
ROW(LISTEN,       "TIMEOUT",                    "",                    LISTEN,       "",                        "3.10.8")

ROW(SYN_SENT,     "S seq=0",                    "S. seq=0 ack=1",      SYN_RECEIVED, "",                        "3.10.7.3 fourth: SYN")
ROW(SYN_SENT,     "S. seq=0 ack=1",             ". seq=1 ack=1",       ESTABLISHED,  "CONNECTED",               "3.10.7.3 fourth: SYN,ACK")
ROW(SYN_SENT,     ". seq=1 ack=1",              "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     ". seq=1 ack=10",             "R seq=10 | S seq=0",  SYN_SENT,     "",                        "3.10.7.3 first: ACK")
ROW(SYN_SENT,     "P. seq=1 ack=1 len=5",       "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     "P. seq=11 ack=1 len=5",      "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     "P. seq=20001 ack=1 len=5",   "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     "F. seq=1 ack=1",             "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     "P seq=1 len=5",              "",                    SYN_SENT,     "",                        "3.10.7.3 fifth")
ROW(SYN_SENT,     "R. seq=0 ack=1",             "",                    CLOSED,       "REFUSED CLOSED",          "3.10.7.3 second: RST")
ROW(SYN_SENT,     "R seq=1",                    "",                    SYN_SENT,     "",                        "3.10.7.3 second: RST")
ROW(SYN_SENT,     "R seq=11",                   "",                    SYN_SENT,     "",                        "3.10.7.3 second: RST")
ROW(SYN_SENT,     "R seq=20001",                "",                    SYN_SENT,     "",                        "3.10.7.3 second: RST")
ROW(SYN_SENT,     "OPEN",                       "",                    SYN_SENT,     "ERROR",                   "3.10.1")
ROW(SYN_SENT,     "SEND",                       "",                    SYN_SENT,     "",                        "3.10.2")
ROW(SYN_SENT,     "CLOSE",                      "",                    CLOSED,       "CLOSED",                  "3.10.4 CLOSE in SYN-SENT")
ROW(SYN_SENT,     "ABORT",                      "",                    CLOSED,       "CLOSED",                  "3.10.5 ABORT")
ROW(SYN_SENT,     "TIMEOUT",                    "S seq=0",             SYN_SENT,     "",                        "3.10.8 RETRANSMISSION TIMEOUT")

ROW(SYN_RECEIVED, "S seq=1",                    "",                    LISTEN,       "",                        "3.10.7.4 fourth: SYN")
ROW(SYN_RECEIVED, "S. seq=1 ack=1",             "",                    LISTEN,       "",                        "3.10.7.4 fourth: SYN")
ROW(SYN_RECEIVED, ". seq=1 ack=1",              "",                    ESTABLISHED,  "CONNECTED",               "3.10.7.4 fifth: ACK of our SYN")
ROW(SYN_RECEIVED, ". seq=1 ack=10",             "R seq=10",            SYN_RECEIVED, "",                        "3.10.7.4 fifth: ACK")
ROW(SYN_RECEIVED, "P. seq=1 ack=1 len=5",       ". seq=1 ack=6",       ESTABLISHED,  "CONNECTED DELIVER",       "3.10.7.4 fifth: ACK of our SYN")
ROW(SYN_RECEIVED, "P. seq=11 ack=1 len=5",      ". seq=1 ack=1",       ESTABLISHED,  "CONNECTED KEEP",          "3.10.7.4 fifth: ACK of our SYN")
ROW(SYN_RECEIVED, "P. seq=20001 ack=1 len=5",   ". seq=1 ack=1",       SYN_RECEIVED, "",                        "3.10.7.4 first: sequence number")
ROW(SYN_RECEIVED, "F. seq=1 ack=1",             ". seq=1 ack=2",       CLOSE_WAIT,   "CONNECTED PEER_CLOSED",   "3.10.7.4 eighth: FIN")
ROW(SYN_RECEIVED, "P seq=1 len=5",              "",                    SYN_RECEIVED, "",                        "3.10.7.4 fifth: ACK")
ROW(SYN_RECEIVED, "R. seq=1 ack=1",             "",                    LISTEN,       "",                        "3.10.7.4 second: RST")
ROW(SYN_RECEIVED, "R seq=1",                    "",                    LISTEN,       "",                        "3.10.7.4 second: RST")
ROW(SYN_RECEIVED, "R seq=11",                   ". seq=1 ack=1",       SYN_RECEIVED, "",                        "3.10.7.4 second: RST")
ROW(SYN_RECEIVED, "R seq=20001",                "",                    SYN_RECEIVED, "",                        "3.10.7.4 first: sequence number")
ROW(SYN_RECEIVED, "OPEN",                       "",                    SYN_RECEIVED, "ERROR",                   "3.10.1")
ROW(SYN_RECEIVED, "SEND",                       "",                    SYN_RECEIVED, "",                        "3.10.2")
ROW(SYN_RECEIVED, "CLOSE",                      "F. seq=1 ack=1",      FIN_WAIT_1,   "",                        "3.10.4 CLOSE in SYN-RECEIVED")
ROW(SYN_RECEIVED, "ABORT",                      "R seq=1",             CLOSED,       "CLOSED",                  "3.10.5 ABORT: reset sent")
ROW(SYN_RECEIVED, "TIMEOUT",                    "S. seq=0 ack=1",      SYN_RECEIVED, "",                        "3.10.8 RETRANSMISSION TIMEOUT")

ROW(ESTABLISHED,  "S seq=1",                    ". seq=1 ack=1",       ESTABLISHED,  "",                        "3.10.7.4 fourth: SYN")
ROW(ESTABLISHED,  "S. seq=1 ack=1",             ". seq=1 ack=1",       ESTABLISHED,  "",                        "3.10.7.4 fourth: SYN")
ROW(ESTABLISHED,  ". seq=1 ack=1",              "",                    ESTABLISHED,  "",                        "3.10.7.4 fifth: ACK")
ROW(ESTABLISHED,  ". seq=1 ack=10",             ". seq=1 ack=1",       ESTABLISHED,  "",                        "3.10.7.4 fifth: ACK")
ROW(ESTABLISHED,  "P. seq=1 ack=1 len=5",       ". seq=1 ack=6",       ESTABLISHED,  "DELIVER",                 "3.10.7.4 seventh: text")
ROW(ESTABLISHED,  "P. seq=11 ack=1 len=5",      ". seq=1 ack=1",       ESTABLISHED,  "KEEP",                    "3.10.7.4 seventh: text")
ROW(ESTABLISHED,  "P. seq=20001 ack=1 len=5",   ". seq=1 ack=1",       ESTABLISHED,  "",                        "3.10.7.4 first: sequence number")
ROW(ESTABLISHED,  "F. seq=1 ack=1",             ". seq=1 ack=2",       CLOSE_WAIT,   "PEER_CLOSED",             "3.10.7.4 eighth: FIN")
ROW(ESTABLISHED,  "P seq=1 len=5",              "",                    ESTABLISHED,  "",                        "3.10.7.4 fifth: ACK")
ROW(ESTABLISHED,  "R. seq=1 ack=1",             "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(ESTABLISHED,  "R seq=1",                    "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(ESTABLISHED,  "R seq=11",                   ". seq=1 ack=1",       ESTABLISHED,  "",                        "3.10.7.4 second: RST")
ROW(ESTABLISHED,  "R seq=20001",                "",                    ESTABLISHED,  "",                        "3.10.7.4 first: sequence number")
ROW(ESTABLISHED,  "OPEN",                       "",                    ESTABLISHED,  "ERROR",                   "3.10.1")
ROW(ESTABLISHED,  "SEND",                       "P. seq=1 ack=1 len=5", ESTABLISHED,  "",                        "3.10.2")
ROW(ESTABLISHED,  "CLOSE",                      "F. seq=1 ack=1",      FIN_WAIT_1,   "",                        "3.10.4 CLOSE")
ROW(ESTABLISHED,  "ABORT",                      "R seq=1",             CLOSED,       "CLOSED",                  "3.10.5 ABORT: reset sent")
ROW(ESTABLISHED,  "TIMEOUT",                    "",                    ESTABLISHED,  "",                        "3.10.8")

ROW(FIN_WAIT_1,   "S seq=1",                    ". seq=2 ack=1",       FIN_WAIT_1,   "",                        "3.10.7.4 fourth: SYN")
ROW(FIN_WAIT_1,   "S. seq=1 ack=2",             ". seq=2 ack=1",       FIN_WAIT_1,   "",                        "3.10.7.4 fourth: SYN")
ROW(FIN_WAIT_1,   ". seq=1 ack=2",              "",                    FIN_WAIT_2,   "",                        "3.10.7.4 fifth: ACK of our FIN")
ROW(FIN_WAIT_1,   ". seq=1 ack=11",             ". seq=2 ack=1",       FIN_WAIT_1,   "",                        "3.10.7.4 fifth: ACK")
ROW(FIN_WAIT_1,   "P. seq=1 ack=2 len=5",       ". seq=2 ack=6",       FIN_WAIT_2,   "DELIVER",                 "3.10.7.4 fifth: ACK of our FIN")
ROW(FIN_WAIT_1,   "P. seq=11 ack=2 len=5",      ". seq=2 ack=1",       FIN_WAIT_2,   "KEEP",                    "3.10.7.4 fifth: ACK of our FIN")
ROW(FIN_WAIT_1,   "P. seq=20001 ack=2 len=5",   ". seq=2 ack=1",       FIN_WAIT_1,   "",                        "3.10.7.4 first: sequence number")
ROW(FIN_WAIT_1,   "F. seq=1 ack=2",             ". seq=2 ack=2",       TIME_WAIT,    "PEER_CLOSED",             "3.10.7.4 eighth: FIN")
ROW(FIN_WAIT_1,   "P seq=1 len=5",              "",                    FIN_WAIT_1,   "",                        "3.10.7.4 fifth: ACK")
ROW(FIN_WAIT_1,   "R. seq=1 ack=2",             "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(FIN_WAIT_1,   "R seq=1",                    "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(FIN_WAIT_1,   "R seq=11",                   ". seq=2 ack=1",       FIN_WAIT_1,   "",                        "3.10.7.4 second: RST")
ROW(FIN_WAIT_1,   "R seq=20001",                "",                    FIN_WAIT_1,   "",                        "3.10.7.4 first: sequence number")
ROW(FIN_WAIT_1,   "OPEN",                       "",                    FIN_WAIT_1,   "ERROR",                   "3.10.1")
ROW(FIN_WAIT_1,   "SEND",                       "",                    FIN_WAIT_1,   "ERROR",                   "3.10.2")
ROW(FIN_WAIT_1,   "CLOSE",                      "",                    FIN_WAIT_1,   "ERROR",                   "3.10.4")
ROW(FIN_WAIT_1,   "ABORT",                      "R seq=2",             CLOSED,       "CLOSED",                  "3.10.5 ABORT: reset sent")
ROW(FIN_WAIT_1,   "TIMEOUT",                    "F. seq=1 ack=1",      FIN_WAIT_1,   "",                        "3.10.8 RETRANSMISSION TIMEOUT")

ROW(FIN_WAIT_2,   "S seq=1",                    ". seq=2 ack=1",       FIN_WAIT_2,   "",                        "3.10.7.4 fourth: SYN")
ROW(FIN_WAIT_2,   "S. seq=1 ack=2",             ". seq=2 ack=1",       FIN_WAIT_2,   "",                        "3.10.7.4 fourth: SYN")
ROW(FIN_WAIT_2,   ". seq=1 ack=2",              "",                    FIN_WAIT_2,   "",                        "3.10.7.4 fifth: ACK")
ROW(FIN_WAIT_2,   ". seq=1 ack=11",             ". seq=2 ack=1",       FIN_WAIT_2,   "",                        "3.10.7.4 fifth: ACK")
ROW(FIN_WAIT_2,   "P. seq=1 ack=2 len=5",       ". seq=2 ack=6",       FIN_WAIT_2,   "DELIVER",                 "3.10.7.4 seventh: text")
ROW(FIN_WAIT_2,   "P. seq=11 ack=2 len=5",      ". seq=2 ack=1",       FIN_WAIT_2,   "KEEP",                    "3.10.7.4 seventh: text")
ROW(FIN_WAIT_2,   "P. seq=20001 ack=2 len=5",   ". seq=2 ack=1",       FIN_WAIT_2,   "",                        "3.10.7.4 first: sequence number")
ROW(FIN_WAIT_2,   "F. seq=1 ack=2",             ". seq=2 ack=2",       TIME_WAIT,    "PEER_CLOSED",             "3.10.7.4 eighth: FIN")
ROW(FIN_WAIT_2,   "P seq=1 len=5",              "",                    FIN_WAIT_2,   "",                        "3.10.7.4 fifth: ACK")
ROW(FIN_WAIT_2,   "R. seq=1 ack=2",             "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(FIN_WAIT_2,   "R seq=1",                    "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(FIN_WAIT_2,   "R seq=11",                   ". seq=2 ack=1",       FIN_WAIT_2,   "",                        "3.10.7.4 second: RST")
ROW(FIN_WAIT_2,   "R seq=20001",                "",                    FIN_WAIT_2,   "",                        "3.10.7.4 first: sequence number")
ROW(FIN_WAIT_2,   "OPEN",                       "",                    FIN_WAIT_2,   "ERROR",                   "3.10.1")
ROW(FIN_WAIT_2,   "SEND",                       "",                    FIN_WAIT_2,   "ERROR",                   "3.10.2")
ROW(FIN_WAIT_2,   "CLOSE",                      "",                    FIN_WAIT_2,   "ERROR",                   "3.10.4")
ROW(FIN_WAIT_2,   "ABORT",                      "R seq=2",             CLOSED,       "CLOSED",                  "3.10.5 ABORT: reset sent")
ROW(FIN_WAIT_2,   "TIMEOUT",                    "",                    FIN_WAIT_2,   "",                        "3.10.8")

ROW(CLOSE_WAIT,   "S seq=2",                    ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 fourth: SYN")
ROW(CLOSE_WAIT,   "S. seq=2 ack=1",             ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 fourth: SYN")
ROW(CLOSE_WAIT,   ". seq=2 ack=1",              "",                    CLOSE_WAIT,   "",                        "3.10.7.4 fifth: ACK")
ROW(CLOSE_WAIT,   ". seq=2 ack=10",             ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 fifth: ACK")
ROW(CLOSE_WAIT,   "P. seq=2 ack=1 len=5",       ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 seventh: text")
ROW(CLOSE_WAIT,   "P. seq=12 ack=1 len=5",      ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 seventh: text")
ROW(CLOSE_WAIT,   "P. seq=20002 ack=1 len=5",   ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 first: sequence number")
ROW(CLOSE_WAIT,   "F. seq=2 ack=1",             ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 eighth: FIN")
ROW(CLOSE_WAIT,   "P seq=2 len=5",              "",                    CLOSE_WAIT,   "",                        "3.10.7.4 fifth: ACK")
ROW(CLOSE_WAIT,   "R. seq=2 ack=1",             "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(CLOSE_WAIT,   "R seq=2",                    "",                    CLOSED,       "RESET CLOSED",            "3.10.7.4 second: RST")
ROW(CLOSE_WAIT,   "R seq=12",                   ". seq=1 ack=2",       CLOSE_WAIT,   "",                        "3.10.7.4 second: RST")
ROW(CLOSE_WAIT,   "R seq=20002",                "",                    CLOSE_WAIT,   "",                        "3.10.7.4 first: sequence number")
ROW(CLOSE_WAIT,   "OPEN",                       "",                    CLOSE_WAIT,   "ERROR",                   "3.10.1")
ROW(CLOSE_WAIT,   "SEND",                       "P. seq=1 ack=2 len=5", CLOSE_WAIT,   "",                        "3.10.2")
ROW(CLOSE_WAIT,   "CLOSE",                      "F. seq=1 ack=2",      LAST_ACK,     "",                        "3.10.4 CLOSE in CLOSE-WAIT")
ROW(CLOSE_WAIT,   "ABORT",                      "R seq=1",             CLOSED,       "CLOSED",                  "3.10.5 ABORT: reset sent")
ROW(CLOSE_WAIT,   "TIMEOUT",                    "",                    CLOSE_WAIT,   "",                        "3.10.8")

ROW(CLOSING,      "S seq=2",                    ". seq=2 ack=2",       CLOSING,      "",                        "3.10.7.4 fourth: SYN")
ROW(CLOSING,      "S. seq=2 ack=2",             ". seq=2 ack=2",       CLOSING,      "",                        "3.10.7.4 fourth: SYN")
ROW(CLOSING,      ". seq=2 ack=2",              "",                    TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK of our FIN in CLOSING")
ROW(CLOSING,      ". seq=2 ack=11",             ". seq=2 ack=2",       CLOSING,      "",                        "3.10.7.4 fifth: ACK")
ROW(CLOSING,      "P. seq=2 ack=2 len=5",       ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK of our FIN in CLOSING")
ROW(CLOSING,      "P. seq=12 ack=2 len=5",      ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK of our FIN in CLOSING")
ROW(CLOSING,      "P. seq=20002 ack=2 len=5",   ". seq=2 ack=2",       CLOSING,      "",                        "3.10.7.4 first: sequence number")
ROW(CLOSING,      "F. seq=2 ack=2",             ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK of our FIN in CLOSING")
ROW(CLOSING,      "P seq=2 len=5",              "",                    CLOSING,      "",                        "3.10.7.4 fifth: ACK")
ROW(CLOSING,      "R. seq=2 ack=2",             "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(CLOSING,      "R seq=2",                    "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(CLOSING,      "R seq=12",                   ". seq=2 ack=2",       CLOSING,      "",                        "3.10.7.4 second: RST")
ROW(CLOSING,      "R seq=20002",                "",                    CLOSING,      "",                        "3.10.7.4 first: sequence number")
ROW(CLOSING,      "OPEN",                       "",                    CLOSING,      "ERROR",                   "3.10.1")
ROW(CLOSING,      "SEND",                       "",                    CLOSING,      "ERROR",                   "3.10.2")
ROW(CLOSING,      "CLOSE",                      "",                    CLOSING,      "ERROR",                   "3.10.4")
ROW(CLOSING,      "ABORT",                      "",                    CLOSED,       "CLOSED",                  "3.10.5 ABORT")
ROW(CLOSING,      "TIMEOUT",                    "F. seq=1 ack=2",      CLOSING,      "",                        "3.10.8 RETRANSMISSION TIMEOUT")

ROW(LAST_ACK,     "S seq=2",                    ". seq=2 ack=2",       LAST_ACK,     "",                        "3.10.7.4 fourth: SYN")
ROW(LAST_ACK,     "S. seq=2 ack=2",             ". seq=2 ack=2",       LAST_ACK,     "",                        "3.10.7.4 fourth: SYN")
ROW(LAST_ACK,     ". seq=2 ack=2",              "",                    CLOSED,       "CLOSED",                  "3.10.7.4 fifth: ACK of our FIN in LAST-ACK")
ROW(LAST_ACK,     ". seq=2 ack=11",             ". seq=2 ack=2",       LAST_ACK,     "",                        "3.10.7.4 fifth: ACK")
ROW(LAST_ACK,     "P. seq=2 ack=2 len=5",       "",                    CLOSED,       "CLOSED",                  "3.10.7.4 fifth: ACK of our FIN in LAST-ACK")
ROW(LAST_ACK,     "P. seq=12 ack=2 len=5",      "",                    CLOSED,       "CLOSED",                  "3.10.7.4 fifth: ACK of our FIN in LAST-ACK")
ROW(LAST_ACK,     "P. seq=20002 ack=2 len=5",   ". seq=2 ack=2",       LAST_ACK,     "",                        "3.10.7.4 first: sequence number")
ROW(LAST_ACK,     "F. seq=2 ack=2",             "",                    CLOSED,       "CLOSED",                  "3.10.7.4 fifth: ACK of our FIN in LAST-ACK")
ROW(LAST_ACK,     "P seq=2 len=5",              "",                    LAST_ACK,     "",                        "3.10.7.4 fifth: ACK")
ROW(LAST_ACK,     "R. seq=2 ack=2",             "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(LAST_ACK,     "R seq=2",                    "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(LAST_ACK,     "R seq=12",                   ". seq=2 ack=2",       LAST_ACK,     "",                        "3.10.7.4 second: RST")
ROW(LAST_ACK,     "R seq=20002",                "",                    LAST_ACK,     "",                        "3.10.7.4 first: sequence number")
ROW(LAST_ACK,     "OPEN",                       "",                    LAST_ACK,     "ERROR",                   "3.10.1")
ROW(LAST_ACK,     "SEND",                       "",                    LAST_ACK,     "ERROR",                   "3.10.2")
ROW(LAST_ACK,     "CLOSE",                      "",                    LAST_ACK,     "ERROR",                   "3.10.4")
ROW(LAST_ACK,     "ABORT",                      "",                    CLOSED,       "CLOSED",                  "3.10.5 ABORT")
ROW(LAST_ACK,     "TIMEOUT",                    "F. seq=1 ack=2",      LAST_ACK,     "",                        "3.10.8 RETRANSMISSION TIMEOUT")

ROW(TIME_WAIT,    "S seq=2",                    ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fourth: SYN")
ROW(TIME_WAIT,    "S. seq=2 ack=2",             ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fourth: SYN")
ROW(TIME_WAIT,    ". seq=2 ack=2",              "",                    TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK")
ROW(TIME_WAIT,    ". seq=2 ack=11",             ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK")
ROW(TIME_WAIT,    "P. seq=2 ack=2 len=5",       ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 seventh: text")
ROW(TIME_WAIT,    "P. seq=12 ack=2 len=5",      ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 seventh: text")
ROW(TIME_WAIT,    "P. seq=20002 ack=2 len=5",   ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 first: sequence number")
ROW(TIME_WAIT,    "F. seq=2 ack=2",             ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 eighth: FIN")
ROW(TIME_WAIT,    "P seq=2 len=5",              "",                    TIME_WAIT,    "",                        "3.10.7.4 fifth: ACK")
ROW(TIME_WAIT,    "R. seq=2 ack=2",             "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(TIME_WAIT,    "R seq=2",                    "",                    CLOSED,       "CLOSED",                  "3.10.7.4 second: RST")
ROW(TIME_WAIT,    "R seq=12",                   ". seq=2 ack=2",       TIME_WAIT,    "",                        "3.10.7.4 second: RST")
ROW(TIME_WAIT,    "R seq=20002",                "",                    TIME_WAIT,    "",                        "3.10.7.4 first: sequence number")
ROW(TIME_WAIT,    "OPEN",                       "",                    TIME_WAIT,    "ERROR",                   "3.10.1")
ROW(TIME_WAIT,    "SEND",                       "",                    TIME_WAIT,    "ERROR",                   "3.10.2")
ROW(TIME_WAIT,    "CLOSE",                      "",                    TIME_WAIT,    "ERROR",                   "3.10.4")
ROW(TIME_WAIT,    "ABORT",                      "",                    CLOSED,       "CLOSED",                  "3.10.5 ABORT")
ROW(TIME_WAIT,    "TIMEOUT",                    "",                    CLOSED,       "CLOSED",                  "3.10.8 TIME-WAIT TIMEOUT")
};
#undef ROW

static const char *const notify_names[] = {
	[TC_NOTIFY_CONNECTED] = "CONNECTED",
	[TC_NOTIFY_PEER_CLOSED] = "PEER_CLOSED",
	[TC_NOTIFY_URGENT] = "URGENT",
	[TC_NOTIFY_REFUSED] = "REFUSED",
	[TC_NOTIFY_RESET] = "RESET",
	[TC_NOTIFY_TIMED_OUT] = "TIMED_OUT",
	[TC_NOTIFY_UNREACHABLE] = "UNREACHABLE",
	[TC_NOTIFY_SOFT_ERROR] = "SOFT_ERROR",
	[TC_NOTIFY_REOPEN] = "REOPEN",
	[TC_NOTIFY_CLOSED] = "CLOSED",
	[TC_NOTIFY_ERROR] = "ERROR",
};

static void happen(struct lab *lab, const char *when)
{
	if (strcmp(when, "OPEN") == 0)
		open_active(lab);
	else if (strcmp(when, "SEND") == 0)
		user_send(lab, 5);
	else if (strcmp(when, "CLOSE") == 0)
		user_close(lab);
	else if (strcmp(when, "ABORT") == 0)
		user_abort(lab);
	else if (strcmp(when, "TIMEOUT") == 0)
		lab_timeout(lab);
	else
		rx(lab, when);
}

static void append(char *text, const char *sep, const char *more)
{
	size_t n = strlen(text);

	snprintf(text + n, 200 - n, "%s%s", n ? sep : "", more);
}

static void append_segment(char *text, const struct tc_seg *seg)
{
	char one[160], *win;

	lab_print(seg, true, one);
	win = strstr(one, " win=");
	if (win)
		*win = '\0';
	append(text, " | ", one);
}

/* What came of it, as the row writes it. */
static void describe(const struct lab *lab, char sends[200], char tells[200],
		     const char **clause)
{
	for (unsigned i = 0; i < lab->n; i++) {
		const struct tc_action *a = &lab->log[i];

		if (a->type == TC_ACT_SEND)
			append_segment(sends, &a->send.seg);
		else if (a->type == TC_ACT_NOTIFY)
			append(tells, " ", notify_names[a->notify.what]);
		else if (a->type == TC_ACT_DELIVER)
			append(tells, " ", "DELIVER");
		else if (a->type == TC_ACT_NEED_BUFFER)
			append(tells, " ", "KEEP");
		else if (a->type == TC_ACT_STATE)
			*clause = a->state.clause;
		else if (a->type == TC_ACT_NOTE && !*clause)
			*clause = a->note.clause;
	}
}

static void check_row(const struct row *row)
{
	char sends[200] = "", tells[200] = "", what[200];
	const char *clause = NULL;
	struct lab lab;

	lab_in(&lab, row->in);
	happen(&lab, row->when);
	describe(&lab, sends, tells, &clause);
	snprintf(what, sizeof what, "%s, %s:", tc_state_name(row->in), row->when);
	check_str(sends, row->sends, what, AT);
	check_str(tells, row->tells, what, AT);
	check_str(tc_state_name(lab.tcb.state), tc_state_name(row->then), what, AT);
	if (clause)
		check_str(clause, row->clause, what, AT);
	/* a segment that comes to nothing is never passed over in silence */
	if (strstr(row->when, "seq=") && row->when[0] != '.' && !*sends && !*tells)
		check_true(clause, what, AT);
}

static void every_row(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
}

/* Each state meets the same number of events: none was forgotten. */
static void no_state_is_left_out(void)
{
	unsigned n[TC_STATES] = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		n[rows[i].in]++;
	for (unsigned s = 0; s < TC_STATES; s++)
		CHECK_U64(n[s], sizeof rows / sizeof rows[0] / TC_STATES);
}

CU_TestInfo tests_tcp_matrix[] = {
	{ "every state does with every event what its row says", every_row },
	{ "no state is left out", no_state_is_left_out },
	CU_TEST_INFO_NULL,
};

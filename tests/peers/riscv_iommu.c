// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers a hardware trace with the RISC-V IOMMU reference model.
 *
 * Reads the commands of spec/18-hardware-traces.md, one JSON object a line, does each on the model
 * and prints it with the model's answer. What is printed goes into `deno task hw`, which says
 * whether each answer is allowed. The model is not part of this repository:
 *
 *   git clone https://github.com/riscv-non-isa/riscv-iommu
 *   M=riscv-iommu/iommu_ref_model
 *   make -C $M/libiommu
 *   gcc -I$M/libiommu/include tests/peers/riscv_iommu.c $M/libiommu/libiommu.a --coverage -o peer
 *   deno task hw --random=1 | ./peer | deno task hw
 *
 * With the argument `fill` the model's IOTLB keeps the answers to translation requests too.
 *
 * Tables are built here and encodings computed here, not by the book: from the specification.
 * A model's two tags and its queue sizes, 2^n - 1 page requests, cannot be changed.
 */
#include <ctype.h>
#include "iommu.h"

enum { MEMORY = 64 << 20, LINE = 1 << 16, WAITING = 256, SPACES = 64 };

static iommu_t iommu;
static char memory[MEMORY];
static uint64_t nextPage = 1;
static uint64_t rootOf[SPACES];
static uint64_t queueBase, faultBase, pageBase;
static int fills, isUp, hasMessage;
static ats_msg_t message;

static void quit(const char *why, const char *line) {
	fprintf(stderr, "Cannot go on: %s: %s\n", why, line);
	exit(2);
}

/* What the model asks of its surroundings. */

uint8_t read_memory(uint64_t at, uint8_t size, char *to, uint32_t r, uint32_t m, uint32_t p, int e) {
	(void)r, (void)m, (void)p, (void)e;
	if (at + size > MEMORY) return ACCESS_FAULT;
	memcpy(to, memory + at, size);
	return 0;
}

uint8_t read_memory_for_AMO(uint64_t at, uint8_t size, char *to, uint32_t r, uint32_t m, uint32_t p,
			    int e) {
	return read_memory(at, size, to, r, m, p, e);
}

uint8_t write_memory(char *from, uint64_t at, uint32_t size, uint32_t r, uint32_t m, uint32_t p,
		     int e) {
	(void)r, (void)m, (void)p, (void)e;
	if (at + size > MEMORY) return ACCESS_FAULT;
	memcpy(memory + at, from, size);
	return 0;
}

void iommu_to_hb_do_global_observability_sync(uint8_t reads, uint8_t writes) {
	(void)reads, (void)writes;
}

void send_msg_iommu_to_hb(ats_msg_t *sent) {
	if (hasMessage) quit("a second message for one command", "");
	hasMessage = 1;
	message = *sent;
}

void get_attribs_from_req(hb_to_iommu_req_t *q, uint8_t *r, uint8_t *w, uint8_t *x, uint8_t *priv) {
	int asks = q->tr.at == ADDR_TYPE_PCIE_ATS_TRANSLATION_REQUEST;
	int executes = q->exec_req && (q->pid_valid || !asks);
	*x = executes;
	*r = q->tr.read_writeAMO == READ && (asks || !executes);
	*w = asks ? !q->no_write : q->tr.read_writeAMO == WRITE;
	*priv = q->pid_valid && q->priv_req ? S_MODE : U_MODE;
}

void handle_virtual_interrupt_file_overlap(device_context_t *dc, uint64_t gpa, uint64_t *size) {
	(void)dc, (void)gpa, (void)size; /* No interrupt files here. */
}

/* Words of memory. */

static uint64_t *wordAt(uint64_t address) {
	return (uint64_t *)(memory + address);
}

static uint64_t newPage(void) {
	if ((nextPage + 1) * PAGESIZE > MEMORY) quit("memory is used up", "");
	return nextPage++ * PAGESIZE;
}

/* A directory entry's table, made if there is none: directories and page tables agree in this. */
static uint64_t tableIn(uint64_t entry) {
	if ((*wordAt(entry) & 1) == 0) *wordAt(entry) = newPage() >> 12 << 10 | 1;
	return *wordAt(entry) >> 10 << 12;
}

/* Fields of a line. */

static const char *fieldOf(const char *line, const char *name) {
	char key[64];
	snprintf(key, sizeof key, "\"%s\":", name);
	const char *at = strstr(line, key);
	return at == NULL ? NULL : at + strlen(key);
}

static uint64_t numberOf(const char *line, const char *name, uint64_t other) {
	const char *at = fieldOf(line, name);
	if (at == NULL) return other;
	return strtoull(*at == '"' ? at + 1 : at, NULL, 0);
}

static int isSet(const char *line, const char *name, int other) {
	const char *at = fieldOf(line, name);
	return at == NULL ? other : *at == 't';
}

static int hasLetter(const char *line, const char *name, char letter, int other) {
	const char *at = fieldOf(line, name);
	if (at == NULL) return other;
	for (at++; *at != '"'; at++) if (*at == letter) return 1;
	return 0;
}

/* Power on: directories of three levels for devices, queues for commands, faults and page requests. */

static uint64_t pasidMode = PD20;

static void start(const char *line) {
	capabilities_t cap = { .raw = 0 };
	fctl_t fctl = { .raw = 0 };
	cap.version = 0x10;
	cap.Sv39 = cap.Sv39x4 = cap.ats = cap.pd8 = cap.pd17 = cap.pd20 = cap.s = cap.amo_hwad = 1;
	cap.pas = 50;
	const uint64_t large = 1UL << 30;
	if (reset_iommu(&iommu, 0, 40, 0, 3, Off, DDT_3LVL, 0xffffff, 0, 0,
			fills ? FILL_IOATC_ATS_ALWAYS : 0, cap, fctl,
			large, large, large, 1 << 21, large, large, large, 1 << 21) < 0)
		quit("the model does not start", line);
	uint64_t bits = numberOf(line, "pasidBits", 20), room = numberOf(line, "pageRequests", 3);
	pasidMode = bits == 8 ? PD8 : bits == 17 ? PD17 : PD20;
	if (bits != 8 && bits != 17 && bits != 20) quit("pasidBits is 8, 17 or 20", line);
	if ((room & (room + 1)) != 0 || room < 1) quit("pageRequests is 2^n - 1", line);
	if (numberOf(line, "tags", 2) != MAX_ITAGS) quit("the model has two tags", line);
	if (numberOf(line, "bareOrder", 18) != 18) quit("the model is set to blocks of 1 GiB", line);
	if (numberOf(line, "addressBits", 39) != 39) quit("the model is set to Sv39", line);
	uint64_t log = 0;
	while ((2UL << log) < room + 1) log++;
	queueBase = newPage(), faultBase = newPage(), pageBase = newPage();
	write_register(&iommu, CQB_OFFSET, 8, queueBase >> 12 << 10 | 7);
	write_register(&iommu, FQB_OFFSET, 8, faultBase >> 12 << 10 | 6);
	write_register(&iommu, PQB_OFFSET, 8, pageBase >> 12 << 10 | log);
	write_register(&iommu, CQCSR_OFFSET, 4, 1);
	write_register(&iommu, FQCSR_OFFSET, 4, 1);
	write_register(&iommu, PQCSR_OFFSET, 4, 1);
	ddtp_t ddtp = { .raw = 0 };
	ddtp.ppn = newPage() >> 12;
	ddtp.iommu_mode = DDT_3LVL;
	write_register(&iommu, DDTP_OFFSET, 8, ddtp.raw);
	isUp = 1;
}

/* The command queue. A command that cannot go on stays at its head, and those behind it wait. */

static void submit(command_t command) {
	cqt_t tail = { .raw = read_register(&iommu, CQT_OFFSET, 4) };
	memcpy(memory + queueBase + tail.index * CQ_ENTRY_SZ, &command, CQ_ENTRY_SZ);
	write_register(&iommu, CQT_OFFSET, 4, (tail.index + 1) % 256);
}

static int isStalled(void) {
	return iommu.command_queue_stall_for_itag || iommu.iofence_wait_pending_inv;
}

static void order(uint64_t low, uint64_t high) {
	command_t command;
	command.low = low;
	command.high = high;
	submit(command);
}

/* The least naturally aligned block of 2^k pages over a range, as PCIe writes it: ones below a zero. */
static uint64_t spanField(const char *line, int *isLarge, int *isAll) {
	*isAll = fieldOf(line, "address") == NULL;
	if (*isAll) return *isLarge = 1, 0x7ffffffffffff000UL;
	uint64_t first = numberOf(line, "address", 0);
	uint64_t last = (first + numberOf(line, "size", 1) - 1) >> 12, page = first >> 12;
	int k = 0;
	while ((page >> k) != (last >> k)) k++;
	*isLarge = k > 0;
	if (k == 0) return page << 12;
	return ((page >> k << k) | ((1UL << (k - 1)) - 1)) << 12;
}

static void orderFor(const char *line, const char *what) {
	uint64_t pasid = numberOf(line, "pasid", 0), device = numberOf(line, "device", 0);
	int isLarge = 0, isAll = 0;
	uint64_t field = spanField(line, &isLarge, &isAll);
	if (strcmp(what, "fence") == 0) order(IOFENCE | 3UL << 12, 0);
	else if (strcmp(what, "invalidate-context") == 0)
		order(IODIR | INVAL_PDT << 7 | pasid << 12 | 1UL << 33 | device << 40, 0);
	else if (strcmp(what, "invalidate-device") == 0)
		order(IODIR | INVAL_DDT << 7 | 1UL << 33 | device << 40, 0);
	else if (strcmp(what, "invalidate-iotlb") == 0) {
		uint64_t names = fieldOf(line, "space") == NULL ? 0 : 1;
		uint64_t low = IOTINVAL | numberOf(line, "space", 0) << 12 | names << 32;
		if (isAll) order(low, 0);
		else order(low | 1UL << 10, field >> 12 << 10 | (uint64_t)isLarge << 9);
	} else if (strcmp(what, "invalidate-atc") == 0) {
		uint64_t has = fieldOf(line, "pasid") == NULL ? 0 : 1;
		uint64_t all = isSet(line, "global", 0);
		order(ATS | pasid << 12 | has << 32 | device << 40, field | (uint64_t)isLarge << 11 | all);
	} else { /* page-response */
		uint64_t payload = device << 48 | numberOf(line, "code", 0) << 44 |
			numberOf(line, "group", 0) << 32;
		order(ATS | PRGR << 7 | device << 40, payload);
	}
}

/* Answers. */

static void printAnswer(const char *line, const char *answer) {
	size_t end = strlen(line);
	while (end > 0 && (isspace((unsigned char)line[end - 1]) || line[end - 1] == '}')) end--;
	if (answer == NULL) printf("%s\n", line);
	else printf("%.*s,\"answer\":{%s}}\n", (int)end, line, answer);
}

/* The cause of the fault that was recorded since the last call, 0 for none. */
static int takeFault(void) {
	uint32_t head = read_register(&iommu, FQH_OFFSET, 4), tail = read_register(&iommu, FQT_OFFSET, 4);
	if (head == tail) return 0;
	fault_rec_t record;
	memcpy(&record, memory + faultBase + head * FQ_ENTRY_SZ, FQ_ENTRY_SZ);
	write_register(&iommu, FQH_OFFSET, 4, tail);
	return (int)record.CAUSE;
}

static void request(const char *line, const char *what) {
	hb_to_iommu_req_t asked = { 0 };
	iommu_to_hb_rsp_t got = { 0 };
	char answer[200];
	int writes = hasLetter(line, "access", 'w', 0), executes = hasLetter(line, "access", 'c', 0);
	int isAts = strcmp(what, "ats") == 0;
	uint64_t address = numberOf(line, "address", 0);
	asked.device_id = numberOf(line, "device", 0);
	asked.process_id = numberOf(line, "pasid", 0);
	asked.pid_valid = asked.process_id != 0;
	asked.no_write = isAts && !writes;
	asked.exec_req = executes;
	asked.priv_req = isSet(line, "privileged", 0);
	asked.tr.at = isAts ? ADDR_TYPE_PCIE_ATS_TRANSLATION_REQUEST :
		strcmp(what, "translated") == 0 ? ADDR_TYPE_TRANSLATED : ADDR_TYPE_UNTRANSLATED;
	asked.tr.iova = address;
	asked.tr.length = 4;
	asked.tr.read_writeAMO = writes && !isAts ? WRITE : READ;
	iommu_translate_iova(&iommu, &asked, &got);
	int cause = takeFault();
	uint64_t ppn = got.trsp.PPN, size = got.trsp.S ? ((ppn ^ (ppn + 1)) + 1) << 12 : PAGESIZE;
	if ((cause == 0) != (got.status == SUCCESS)) quit("status and fault queue disagree", line);
	if (got.status != SUCCESS)
		snprintf(answer, sizeof answer, "\"is\":\"unsupported\",\"cause\":%d", cause);
	else if (!isAts)
		snprintf(answer, sizeof answer, "\"is\":\"access\",\"address\":\"0x%lx\"",
			 ((ppn << 12) & ~(size - 1)) | (address & (size - 1)));
	else if (!got.trsp.R && !got.trsp.W)
		snprintf(answer, sizeof answer, "\"is\":\"not present\"");
	else
		snprintf(answer, sizeof answer,
			 "\"is\":\"translation\",\"rights\":\"%s%s%s\",\"field\":\"0x%lx\"%s",
			 got.trsp.R ? "r" : "", got.trsp.W ? "w" : "", got.trsp.Exe ? "x" : "",
			 ppn << 12 | (uint64_t)got.trsp.S << 11, got.trsp.Global ? ",\"global\":true" : "");
	printAnswer(line, answer);
}

/* Commands that were queued and whose answer is not known yet, the oldest first. */
static struct { char line[512], what[32]; uint32_t place; } waiting[WAITING];
static int waits;

static int hasPassed(uint32_t place) {
	uint32_t ahead = (read_register(&iommu, CQH_OFFSET, 4) - place) % 256;
	return ahead > 0 && ahead < 128;
}

/* Processes commands until that at `place` has left the queue or stalls it; true after a time-out. */
static int processTo(uint32_t place, const char *line) {
	while (!hasPassed(place) && !isStalled()) {
		process_commands(&iommu);
		cqcsr_t status = { .raw = read_register(&iommu, CQCSR_OFFSET, 4) };
		if (status.cmd_ill || status.cqmf) quit("the model refuses the command", line);
		if (!status.cmd_to) continue;
		/* The queue stopped at the fence. The error is cleared, the fence is fetched again, and passes. */
		write_register(&iommu, CQCSR_OFFSET, 4, status.raw);
		process_commands(&iommu);
		return 1;
	}
	return 0;
}

/* Answers in `answer` what became of a command; false if it waits. */
static int settle(const char *line, const char *what, uint32_t place, char *answer) {
	if (processTo(place, line)) return strcpy(answer, "\"is\":\"error\""), 1;
	if (!hasPassed(place)) return 0;
	if (strcmp(what, "fence") == 0) return strcpy(answer, "\"is\":\"done\""), 1;
	if (!hasMessage) return 0;
	hasMessage = 0;
	if (strcmp(what, "page-response") == 0) return 1;
	if (message.MSGCODE != INVAL_REQ_MSG_CODE || message.RID != numberOf(line, "device", 0))
		quit("another message", line);
	int size = sprintf(answer, "\"is\":\"sent\",\"tag\":%d,\"field\":\"0x%lx\"", message.TAG,
			   message.PAYLOAD);
	if (message.PV) sprintf(answer + size, ",\"pasid\":%u", message.PID);
	return 1;
}

static int isSilent(const char *what) {
	return strcmp(what, "invalidate-iotlb") == 0 || strcmp(what, "invalidate-context") == 0 ||
		strcmp(what, "invalidate-device") == 0;
}

static void queued(const char *line, const char *what) {
	char answer[200] = "";
	uint32_t place = read_register(&iommu, CQT_OFFSET, 4);
	if (waits == WAITING || strlen(line) >= sizeof waiting[0].line) quit("too much waits", line);
	orderFor(line, what);
	if (waits == 0 && isSilent(what)) {
		processTo(place, line);
		return printAnswer(line, NULL);
	}
	if (waits == 0 && settle(line, what, place, answer))
		return printAnswer(line, answer[0] ? answer : NULL);
	strcpy(waiting[waits].line, line);
	strcpy(waiting[waits].what, what);
	waiting[waits++].place = place;
	printAnswer(line, isSilent(what) ? NULL : "\"is\":\"waits\"");
}

static void dropOldest(void) {
	memmove(waiting, waiting + 1, --waits * sizeof waiting[0]);
}

static void resume(const char *line) {
	char answer[200] = "";
	if (waits == 0) return printAnswer(line, "\"is\":\"empty\"");
	if (!settle(waiting[0].line, waiting[0].what, waiting[0].place, answer))
		return printAnswer(line, "\"is\":\"waits\"");
	printAnswer(line, answer[0] ? answer : NULL);
	dropOldest();
	for (; waits > 0 && isSilent(waiting[0].what); dropOldest())
		processTo(waiting[0].place, waiting[0].line);
}

/* Tables. */

static uint64_t deviceEntry(uint64_t device) {
	uint64_t table = iommu.reg_file.ddtp.ppn * PAGESIZE;
	table = tableIn(table + (device >> 16 & 0xff) * 8);
	table = tableIn(table + (device >> 7 & 0x1ff) * 8);
	return table + (device & 0x7f) * BASE_FORMAT_DC_SIZE;
}

static void setDevice(const char *line) {
	uint64_t device = numberOf(line, "device", 0), entry = deviceEntry(device);
	uint64_t directory = *wordAt(entry + 24) << 12;
	tc_t tc = { .raw = 0 };
	tc.V = tc.PDTV = 1;
	tc.DPE = !isSet(line, "bare", 0);
	tc.SADE = isSet(line, "setsFlags", 0);
	tc.EN_ATS = isSet(line, "ats", 1);
	tc.EN_PRI = isSet(line, "pri", 0);
	tc.PRPR = isSet(line, "prpr", 0);
	if (directory == 0) directory = newPage();
	*wordAt(entry + 24) = directory >> 12 | pasidMode << 60;
	*wordAt(entry) = isSet(line, "valid", 1) ? tc.raw : 0;
	printAnswer(line, NULL);
}

static uint64_t rootFor(const char *line) {
	uint64_t space = numberOf(line, "space", 0);
	if (space >= SPACES) quit("too many spaces", line);
	if (rootOf[space] == 0) rootOf[space] = newPage();
	return rootOf[space];
}

static void setPasid(const char *line) {
	uint64_t pasid = numberOf(line, "pasid", 0), space = numberOf(line, "space", 0);
	uint64_t device = deviceEntry(numberOf(line, "device", 0));
	if (*wordAt(device + 24) == 0) quit("wanted the device first", line);
	uint64_t table = *wordAt(device + 24) << 12;
	if (pasidMode == PD20) table = tableIn(table + (pasid >> 17 & 7) * 8);
	if (pasidMode != PD8) table = tableIn(table + (pasid >> 8 & 0x1ff) * 8);
	uint64_t entry = table + (pasid & 0xff) * 16;
	*wordAt(entry) = 0;
	if (space != 0) {
		*wordAt(entry + 8) = rootFor(line) >> 12 | (uint64_t)IOSATP_Sv39 << 60;
		*wordAt(entry) = space << 12 | 1;
	}
	printAnswer(line, NULL);
}

/* The entry for an address: of the level that `order` names or, for an unmap, where the walk ends. */
static uint64_t entryFor(uint64_t root, uint64_t address, int level, int isUnmap) {
	uint64_t table = root;
	for (int at = 2;; at--) {
		uint64_t entry = table + (address >> (12 + 9 * at) & 0x1ff) * 8;
		int isLeaf = (*wordAt(entry) & 0xe) != 0;
		if (at == level || (isUnmap && (isLeaf || (*wordAt(entry) & 1) == 0))) return entry;
		if (isLeaf) *wordAt(entry) = 0;
		table = tableIn(entry);
	}
}

static void setPage(const char *line, int isUnmap) {
	uint64_t order = numberOf(line, "order", 0), address = numberOf(line, "address", 0);
	if (order % 9 != 0 || order > 18) quit("order is 0, 9 or 18", line);
	uint64_t entry = entryFor(rootFor(line), address, (int)order / 9, isUnmap);
	pte_t pte = { .raw = 0 };
	pte.V = 1;
	pte.R = hasLetter(line, "rights", 'r', 0);
	pte.W = hasLetter(line, "rights", 'w', 0);
	pte.X = hasLetter(line, "rights", 'x', 0);
	pte.U = hasLetter(line, "flags", 'u', 1);
	pte.A = hasLetter(line, "flags", 'a', 1);
	pte.D = hasLetter(line, "flags", 'd', 1);
	pte.G = hasLetter(line, "flags", 'g', 0);
	pte.PPN = numberOf(line, "frame", 0) >> 12;
	*wordAt(entry) = isUnmap ? 0 : pte.raw;
	printAnswer(line, NULL);
}

/* Completions, time-outs and page requests. */

static void complete(const char *line) {
	uint64_t tag = numberOf(line, "tag", 0), count = numberOf(line, "count", 1) & 7;
	ats_msg_t sent = { 0 };
	sent.MSGCODE = INVAL_COMPL_MSG_CODE;
	sent.RID = numberOf(line, "device", 0);
	sent.PAYLOAD = 1UL << tag | count << 32;
	int isWrong = handle_invalidation_completion(&iommu, &sent);
	printAnswer(line, isWrong ? "\"is\":\"rejected\"" : "\"is\":\"accepted\"");
}

static void timeOut(const char *line) {
	uint64_t tag = numberOf(line, "tag", 0);
	int isBusy = tag < MAX_ITAGS && iommu.itag_tracker[tag].busy;
	if (isBusy) do_ats_timer_expiry(&iommu, 1U << tag);
	printAnswer(line, isBusy ? "\"is\":\"accepted\"" : "\"is\":\"rejected\"");
}

static void pageRequest(const char *line) {
	ats_msg_t sent = { 0 };
	char answer[200];
	uint32_t before = read_register(&iommu, PQT_OFFSET, 4);
	sent.MSGCODE = PAGE_REQ_MSG_CODE;
	sent.RID = numberOf(line, "device", 0);
	sent.PID = numberOf(line, "pasid", 0);
	sent.PV = sent.PID != 0;
	sent.EXEC_REQ = hasLetter(line, "rights", 'x', 0);
	sent.PAYLOAD = (numberOf(line, "address", 0) & ~0xfffUL) | numberOf(line, "group", 0) << 3 |
		(uint64_t)isSet(line, "last", 0) << 2 | hasLetter(line, "rights", 'w', 0) << 1 |
		hasLetter(line, "rights", 'r', 0);
	handle_page_request(&iommu, &sent);
	takeFault();
	if (hasMessage) {
		hasMessage = 0;
		uint64_t group = message.PAYLOAD >> 32 & 0x1ff;
		if (group != numberOf(line, "group", 0)) quit("an answer to another group", line);
		int size = sprintf(answer, "\"is\":\"response\",\"code\":%lu", message.PAYLOAD >> 44 & 15);
		if (message.PV) sprintf(answer + size, ",\"pasid\":%u", message.PID);
	} else if (read_register(&iommu, PQT_OFFSET, 4) != before) strcpy(answer, "\"is\":\"queued\"");
	else strcpy(answer, "\"is\":\"dropped\"");
	printAnswer(line, answer);
}

static void pageTake(const char *line) {
	uint32_t head = read_register(&iommu, PQH_OFFSET, 4);
	if (head == read_register(&iommu, PQT_OFFSET, 4)) return printAnswer(line, "\"is\":\"empty\"");
	page_rec_t record;
	char answer[200];
	memcpy(&record, memory + pageBase + head * PQ_ENTRY_SZ, PQ_ENTRY_SZ);
	write_register(&iommu, PQH_OFFSET, 4, (head + 1) & ((2U << iommu.reg_file.pqb.log2szm1) - 1));
	snprintf(answer, sizeof answer,
		 "\"is\":\"request\",\"device\":%lu,\"pasid\":%lu,\"group\":%lu,\"address\":\"0x%lx\","
		 "\"last\":%s", (unsigned long)record.DID, (unsigned long)(record.PV ? record.PID : 0),
		 (unsigned long)(record.PAYLOAD >> 3 & 0x1ff), (unsigned long)(record.PAYLOAD & ~0xfffUL),
		 (record.PAYLOAD & 4) != 0 ? "true" : "false");
	printAnswer(line, answer);
}

static void pageClear(const char *line) {
	pqcsr_t status = { .raw = read_register(&iommu, PQCSR_OFFSET, 4) };
	write_register(&iommu, PQCSR_OFFSET, 4, status.raw);
	printAnswer(line, NULL);
}

static void perform(const char *line) {
	char what[32] = "";
	const char *at = fieldOf(line, "do");
	if (at == NULL || sscanf(at, "\"%31[a-z-]\"", what) != 1) quit("no command", line);
	if (!isUp) start(line);
	if (strcmp(what, "machine") == 0) printAnswer(line, NULL);
	else if (strcmp(what, "device") == 0) setDevice(line);
	else if (strcmp(what, "pasid") == 0) setPasid(line);
	else if (strcmp(what, "map") == 0) setPage(line, 0);
	else if (strcmp(what, "unmap") == 0) setPage(line, 1);
	else if (strcmp(what, "ats") == 0) request(line, what);
	else if (strcmp(what, "untranslated") == 0) request(line, what);
	else if (strcmp(what, "translated") == 0) request(line, what);
	else if (strcmp(what, "complete") == 0) complete(line);
	else if (strcmp(what, "timeout") == 0) timeOut(line);
	else if (strcmp(what, "page-request") == 0) pageRequest(line);
	else if (strcmp(what, "page-take") == 0) pageTake(line);
	else if (strcmp(what, "page-clear") == 0) pageClear(line);
	else if (strcmp(what, "resume") == 0) resume(line);
	else queued(line, what);
}

int main(int count, char **given) {
	static char line[LINE];
	fills = count > 1 && strcmp(given[1], "fill") == 0;
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] != 0) perform(line);
	}
	return 0;
}

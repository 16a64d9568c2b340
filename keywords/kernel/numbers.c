/* Numbers: prices, quantities, contacts and bare figures of a stretch of folded text; see the patterns of `context.py`.

   Chinese characters are named by their code points: this file is read by any compiler. */

#include "kernel.h"

#define MOST_DIGITS 9 /* of an amount */
/* Characters but letters and digits that an amount, a contact or a price begins with. */
#define BEGINNINGS(of) \
    of(0x4E00) of(0x4E8C) of(0x4E24) of(0x4E09) of(0x56DB) of(0x4E94) of(0x516D) of(0x4E03) of(0x516B) of(0x4E5D) of(0x5341) \
    of(0x767E) of(0x5343) of(0x4E07) of(0x51E0) of(0x534A) of(0x6263) of(0x4F01) of(0x5FAE) of(0x8587) of(0x5A01) of(0x52A0) \
    of(0x4EF7) of(0x5356) of(0x8981) of(0x5171)
#define BIT(code, word) (((code ^ code >> 8) & 255) >> 6 == word ? (uint64_t)1 << ((code ^ code >> 8) & 63) : 0) |
#define FIRST(code) BIT(code, 0)
#define SECOND(code) BIT(code, 1)
#define THIRD(code) BIT(code, 2)
#define FOURTH(code) BIT(code, 3)

/* Bits of the sorts of these characters; others are of the same sorts. */
static const uint64_t marks[4] = {BEGINNINGS(FIRST) 0, BEGINNINGS(SECOND) 0, BEGINNINGS(THIRD) 0, BEGINNINGS(FOURTH) 0};

/* A stretch, and where something may begin in it. */
typedef struct {
    const uint32_t *codes;
    int64_t size, count;
    int written; /* it has letters or digits */
    uint16_t places[LONGEST_JUDGED];
} Marked;

static int is_number(uint32_t c) { return is_digit(c); }
static int is_letter(uint32_t c) { return is_small(c); }
static int is_written(uint32_t c) { return is_digit(c) || is_small(c); }

static int is_numeral(uint32_t c) {
    switch (c) {
    case 0x4E00: case 0x4E8C: case 0x4E24: case 0x4E09: case 0x56DB: case 0x4E94: case 0x516D: case 0x4E03: case 0x516B:
    case 0x4E5D: case 0x5341: case 0x767E: case 0x5343: case 0x4E07: case 0x51E0: case 0x534A: return 1;
    default: return is_digit(c);
    }
}

static int is_unit(uint32_t c) {
    switch (c) {
    case 0x53EA: case 0x6761: case 0x5934: case 0x5C3E: case 0x65A4: case 0x514B: case 0x5F20: case 0x5BF9: case 0x682A:
    case 0x68F5: case 0x82D7: case 0x53F0: case 0x5957: case 0x4E2A: case 0x628A: case 0x7247: case 0x6839: case 0x7FBD:
    case 0x679A: case 0x9897: case 0x4E1B: case 0x4E32: case 0x7A9D: case 0x4E24: case 0x4F4D: case 0x4EF6: case 0x76D2:
    case 0x5305: case 0x74F6: case 0x7C73: case 0x5757: return 1;
    default: return 0;
    }
}

/* Return 2 where a second character follows, 3 where a third one does that is given. */
static int64_t reads(const uint32_t *codes, int64_t size, uint32_t b, uint32_t c) {
    if (size < 2 || codes[1] != b) return 0;
    return !c ? 2 : size > 2 && codes[2] == c ? 3 : 0;
}

/* Return the length of what makes a number a price, 0: nothing. */
static int64_t priced(const uint32_t *codes, int64_t size) {
    if (size < 1) return 0;
    switch (codes[0]) {
    case 0x5143: case 0x5757: case 'w': case 0x8BA9: case 0x6E05: return 1;
    case 0x6BCF: case '/': return size > 1 && is_unit(codes[1]) ? 2 : 0;
    case 0x516C: return reads(codes, size, 0x65A4, 0);
    case 0x62FF: case 0x5E26: return reads(codes, size, 0x8D70, 0);
    case 0x5305: return reads(codes, size, 0x90AE, 0);
    case 0x6253: return reads(codes, size, 0x5305, 0);
    case 0x5168: return at_least(reads(codes, size, 0x62FF, 0), reads(codes, size, 0x8981, 0));
    case 0x4E0D: return reads(codes, size, 0x8FD8, 0x4EF7);
    case 0x4E00: return reads(codes, size, 0x53E3, 0x4EF7);
    case 0x53EF: return reads(codes, size, 0x5200, 0);
    case 0x81EA: return reads(codes, size, 0x63D0, 0);
    case 0x8D70: return reads(codes, size, 0x4EBA, 0);
    default: return 0;
    }
}

/* Return the length of the amount that begins here, 0: none does; `price`: it is one. */
static int64_t amount(const uint32_t *codes, int64_t size, int *price) {
    int64_t run = 0;
    while (run < size && run < MOST_DIGITS && is_numeral(codes[run])) run++;
    for (; run; run--) {
        int64_t length = run + priced(codes + run, size - run);
        *price = length > run;
        if (length == run && run < size && is_unit(codes[run])) length++;
        if (length == run) continue;
        uint32_t last = codes[length - 2]; /* 300, one, a unit: read as one number and a unit */
        if (length > 2 && (last == 0x4E00 || last == '1') && is_digit(codes[length - 3])) *price = 1;
        return length;
    }
    return 0;
}

static int64_t run_of(const uint32_t *codes, int64_t size, int64_t most, int (*is)(uint32_t)) {
    int64_t run = 0;
    while (run < size && run < most && is(codes[run])) run++;
    return run;
}

/* Return where five to eleven digits end that begin here, 0: there are none. */
static int64_t account(const uint32_t *codes, int64_t size, int64_t at) {
    int64_t run = run_of(codes + at, size - at, 11, is_number);
    return run >= 5 ? at + run : 0;
}

/* Return where a name ends: a letter and four to twenty letters or digits. */
static int64_t name(const uint32_t *codes, int64_t size, int64_t at) {
    if (at >= size || !is_small(codes[at])) return 0;
    int64_t run = run_of(codes + at + 1, size - at - 1, 20, is_written);
    return run >= 4 ? at + 1 + run : 0;
}

/* Return where a name ends that a label may stand before. */
static int64_t labelled(const uint32_t *codes, int64_t size, int64_t at) {
    int64_t end = at < size && (codes[at] == 0x53F7 || codes[at] == ':') ? name(codes, size, at + 1) : 0;
    return end ? end : name(codes, size, at);
}

static int64_t telephone(const uint32_t *codes, int64_t size) {
    return size > 10 && codes[1] - '3' < 7 && run_of(codes + 2, size - 2, 9, is_number) == 9 ? 11 : 0;
}

static int64_t qq(const uint32_t *codes, int64_t size) {
    int64_t end = 0;
    for (int64_t at = size > 1 && codes[1] == 'q' ? 2 : 1; at && !end; at--) {
        if (at < size && (codes[at] == 0x53F7 || codes[at] == 0x7FA4)) end = account(codes, size, at + 1);
        if (!end) end = account(codes, size, at);
    }
    return end;
}

static int64_t added(const uint32_t *codes, int64_t size) {
    for (int64_t run = run_of(codes + 1, size - 1, 8, is_letter); run >= 2; run--) {
        int64_t more = run_of(codes + 1 + run, size - 1 - run, 16, is_written);
        if (more >= 2) return 1 + run + more;
    }
    return 0;
}

/* Return the length of the contact that begins here, 0: none does. */
static int64_t contact(const uint32_t *codes, int64_t size) {
    int64_t end = 0;
    switch (codes[0]) {
    case '1': return telephone(codes, size);
    case 'q': return qq(codes, size);
    case 0x6263: /* a nickname of the same */
        if (size > 1 && codes[1] == 0x6263) end = account(codes, size, 2);
        return end ? end : account(codes, size, 1);
    case 0x4F01: return size > 1 && codes[1] == 0x9E45 ? account(codes, size, 2) : 0;
    case 'v': case 'w': case 'x':
        if (size > 1 && (codes[1] == 'x' || codes[1] == 'v')) end = labelled(codes, size, 2);
        return end ? end : labelled(codes, size, 1);
    case 0x5FAE: case 0x8587: case 0x5A01:
        if (size > 1 && codes[1] == 0x4FE1) end = labelled(codes, size, 2);
        return end ? end : labelled(codes, size, 1);
    case 0x52A0: return added(codes, size);
    default: return 0;
    }
}

/* Return the length of the price behind a word for it, 0: none is there. */
static int64_t titled(const uint32_t *codes, int64_t size) {
    uint32_t c = codes[0];
    if (c != 0x4EF7 && c != 0x5356 && c != 0x8981 && c != 0x5171) return 0;
    int64_t at = size > 1 && (codes[1] == 0x5171 || codes[1] == 0x662F || codes[1] == 0x94B1) ? 2 : 1;
    int64_t run = run_of(codes + at, size - at, 8, is_number);
    return run >= 2 ? at + run : 0;
}

/* Return where the first of what `length_at` knows begins, -1: nowhere; `end`: where it ends. */
static int64_t search(const Marked *in, int64_t (*length_at)(const uint32_t *, int64_t), int64_t *end) {
    for (int64_t mark = 0; mark < in->count; mark++) {
        int64_t at = in->places[mark], length = length_at(in->codes + at, in->size - at);
        if (!length) continue;
        *end = at + length;
        return at;
    }
    return -1;
}

/* The same of a figure of two to five digits that stands alone. */
static int64_t figure(const Marked *in, int64_t *end) {
    *end = 0;
    for (int64_t mark = 0; mark < in->count; mark++) {
        int64_t at = in->places[mark], digits = 0;
        if (at < *end || !is_written(in->codes[at])) continue;
        for (*end = at; *end < in->size && is_written(in->codes[*end]); ++*end) digits += is_digit(in->codes[*end]);
        if (digits >= 2 && digits <= 5 && digits == *end - at) return at;
    }
    return -1;
}

static int64_t note(Context *cues, int64_t count, int64_t start, int64_t end, int64_t group) {
    cues[count] = (Context){start, end, (int64_t)1 << group, 0};
    return count + 1;
}

/* Find the first price and the first quantity; return how many cues there are then. `seen`: bits of the two. */
static int64_t amounts(const Marked *in, const int64_t *sets, Context *cues, int64_t count, int *seen) {
    int64_t after = 0, length;
    for (int64_t mark = 0; mark < in->count && *seen != 3; mark++) {
        int64_t at = in->places[mark];
        int price = 0;
        if (at < after || !is_numeral(in->codes[at])) continue;
        length = amount(in->codes + at, in->size - at, &price);
        after = at + length;
        if (!length || *seen & (price ? 1 : 2)) continue;
        *seen |= price ? 1 : 2;
        count = note(cues, count, at, at + length, sets[price ? G_PRICE : G_QUANTITY]);
    }
    return count;
}

/* Note where something may begin: there is little of it. */
static void note_marks(Marked *in) {
    in->count = 0, in->written = 0;
    for (int64_t at = 0; at < in->size; at++) {
        uint32_t code = in->codes[at];
        in->places[in->count] = (uint16_t)at;
        in->count += code < 128 ? is_written(code) : has(marks, sort_of(code));
        in->written |= is_written(code);
    }
}

/* Write what is read from the numbers of a stretch, `MOST_NUMBERS` cues at most; return how many. */
int64_t wd_numbers(const uint32_t *codes, int64_t size, const int64_t *sets, Context *cues) {
    int64_t count = 0, at = -1, end = 0;
    int seen = 0, reached, named = 0;
    Marked in; /* not filled with zeros: it is large */
    in.codes = codes, in.size = at_most(size, LONGEST_JUDGED);
    note_marks(&in);
    if (in.written) at = search(&in, contact, &end);
    reached = at >= 0;
    if (reached) count = note(cues, count, at, end, sets[G_CONTACT]);
    count = amounts(&in, sets, cues, count, &seen);
    if (seen == 3 || !in.written) return count;
    if (!(seen & 1)) {
        at = search(&in, titled, &end);
        named = at >= 0;
        if (named) count = note(cues, count, at, end, sets[G_PRICE]);
    }
    if (reached || seen || named) return count;
    at = figure(&in, &end);
    return at < 0 ? count : note(cues, count, at, end, sets[G_FIGURE]);
}

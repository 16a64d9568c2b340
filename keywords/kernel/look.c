/* The first look at texts: fold, find, and settle what names nothing and cannot reach a review.

   An optional twin of keywords/{fold,match,sound,density,sight,wordings,settle}.py: what it settles, they settle alike,
   and whatever it is not sure of it leaves to them. It allocates nothing: all memory comes from the caller with its
   size, all numbers in the tables come from `wd_build` or are checked by the caller, and all characters are below
   CODE_POINTS. Built with any C99 compiler: cc -O2 -shared -fPIC look.c -lm */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define CODE_POINTS 0x110000
#define JUNK 0         /* letters with a meaning: a character to drop, */
#define PICTURE 1      /* an emoji that can stand for a character, */
#define OTHER 65535    /* any that is in no word and has no syllable */
#define GOLDEN 0x9E3779B97F4A7C15u
#define PAIR_BITS 20   /* of the number of two letters: 128 kilobytes, mostly empty, that stay in the cache */
#define EDGE_BITS 20   /* of the number of a node and a letter */
#define NODE_BITS 24   /* of a node with what is known of it */
#define NODE 0x3FFFFFu
#define WORD_HERE 0x400000u
#define GOES_ON 0x800000u
#ifdef __GNUC__ /* memory is slow: ask for what is needed soon */
#define FETCH(place) __builtin_prefetch(place)
#else
#define FETCH(place) (void)(place)
#endif
#define LONGEST_GAP 12 /* the numbers from here on are those of the twins, by the same names */
#define LONG_PINYIN 5
#define CLOSE_BY 120
#define ENOUGH 21.0
#define REACH 160
#define FREE 3
#define REACHED 7
#define NAMED_FROM 4
#define NUMBER 0xE230
#define CONTACT 0xE231
#define LONGEST_GRAM 4
#define GRAM_SHIFT 43
#define FEW_GRAMS 30
#define SETTLED_FROM 2000
#define TALKATIVE 180.0
#define MOST_SAID 128  /* wordings of a text whose overlaps are told apart here */
#define MOST_COVERS 64
#define MOST_PATTERNS 4096 /* of one text; one with more is left to the twins */

enum { NOTHING, TOLD, OPEN, CLOSELY, ASK, REFUSED }; /* what is known of a text; see `look.py` */
enum { NAMED = 1, SAID = 2, PART = 4, COVER = 8, TIGHT = 16, LOOSE = 32, WRITING = 64, MIXED = 128 }; /* what a pattern can be */
enum { STATUS, SIZE, PICTURED, KIND, GROUPS, COVERED, FOUND, NAMES, HEARD, SPOKEN, NEARBY, COLUMNS };

typedef struct {
    uint64_t *slots;         /* node and letter -> node and what is known of it, open addressing */
    uint32_t *first;         /* letter -> the same */
    int32_t *words;          /* node -> number of the word that ends there, from 1 */
    uint64_t *pairs, *edges; /* bits: of two letters at the beginning of a word; of a node and a letter further on */
    uint64_t shift, mask;
} Trie;

typedef struct {
    double evidence;
    int64_t groups;   /* bits of the context groups that the word is of */
    int32_t pattern;  /* number, -1: none */
    uint8_t kind, ordinary, unused[2];
} Word;

typedef struct { int32_t start, end, number; } Place;

typedef struct { uint64_t bits, before; } Known; /* which n-grams are in the table, how many before these are */

typedef struct {
    Trie words, spoken;
    const uint16_t *letter;            /* by character: JUNK, PICTURE, or a number for the folded one */
    const uint32_t *code, *fold;       /* by letter: the folded character; by character, for OTHER letters */
    const uint16_t *sound;             /* by letter: syllable, 0: none */
    const Word *word;                  /* by node */
    const int64_t *terms, *term_codes; /* by spoken word: first term; by term: first code */
    const uint32_t *codes;
    const int32_t *entries;
    const int64_t *parts;              /* by pattern: first of its roles */
    const int32_t *roles;              /* kit << 8 | kind of part */
    const int32_t *at_least;           /* by kit */
    const Known *known;                /* by n-gram, 64 at a time */
    const int8_t *grams;               /* what each known n-gram is worth, in their order */
    const double *said;                /* by group: points at most */
    double step, evidence_length, base, offered, told, limit;
    int64_t kits, settles;
} Tables;

typedef struct { int64_t start, end, groups; } Context;

typedef struct {
    uint32_t *codes;
    int64_t *places;
    uint16_t *letters, *sounds;
    uint32_t *shown, *keys; /* four keys for each character, and one more */
    uint32_t *seen;         /* n-grams, a power of two of them, eight at least for each character */
    uint64_t *kinds;        /* by kit: bits of parts */
    Place *found, *heard, *spoken; /* patterns, sounds, wordings */
    Context *nearby;
    int64_t *rows;
    double *evidence;
    int64_t room, most_places; /* characters; of each kind of place */
} Work;

typedef struct {
    const uint32_t *text, *codes;
    const int64_t *places;
    const uint16_t *letters;
    int64_t size;
} Folded;

static uint32_t pair_of(uint32_t a, uint32_t b) {
    return ((a << 16 | b) * 0x9E3779B1u) >> (32 - PAIR_BITS);
}

static int has(const uint64_t *bits, uint64_t number) { return bits[number >> 6] >> (number & 63) & 1; }
static void mark(uint64_t *bits, uint64_t number) { bits[number >> 6] |= (uint64_t)1 << (number & 63); }

/* Return where the child of a node is, or the free place where it would be. */
static uint64_t *slot_of(const Trie *trie, uint64_t key) {
    uint64_t at = key * GOLDEN >> trie->shift;
    while (trie->slots[at] && trie->slots[at] >> NODE_BITS != key) at = (at + 1) & trie->mask;
    return trie->slots + at;
}

static uint64_t key_of(uint32_t node, uint32_t letter) { return (uint64_t)(node & NODE) << 16 | letter; }

/* Return the node after the first two letters of a word, or after more; 0: there is none. */
static uint32_t second(const Trie *trie, uint32_t node, uint32_t a, uint32_t b) {
    if (!(node & GOES_ON) || !has(trie->pairs, pair_of(a, b))) return 0;
    return *slot_of(trie, key_of(node, b)) & ((1 << NODE_BITS) - 1);
}

static uint32_t further(const Trie *trie, uint32_t node, uint32_t letter) {
    uint64_t key = key_of(node, letter);
    if (!(node & GOES_ON) || !has(trie->edges, key * GOLDEN >> (64 - EDGE_BITS))) return 0;
    return *slot_of(trie, key) & ((1 << NODE_BITS) - 1);
}

/* Fill an empty trie with words, letters[offsets[i]..offsets[i+1]); return its nodes, or -1 where they are too many. */
int64_t wd_build(Trie *trie, const uint16_t *letters, const int64_t *offsets, int64_t count, int64_t most) {
    int64_t nodes = 1;
    for (int64_t word = 0; word < count; word++) {
        int64_t from = offsets[word], to = offsets[word + 1];
        if (from == to) continue;
        uint32_t *first = trie->first + letters[from];
        uint64_t *slot = 0;
        if (nodes + to - from > most || most > NODE) return -1;
        if (!*first) *first = (uint32_t)nodes++;
        uint32_t node = *first;
        for (int64_t at = from + 1; at < to; at++) {
            uint64_t key = key_of(node, letters[at]);
            if (slot) *slot |= GOES_ON;
            else *first |= GOES_ON;
            if (at == from + 1) mark(trie->pairs, pair_of(letters[from], letters[at]));
            else mark(trie->edges, key * GOLDEN >> (64 - EDGE_BITS));
            slot = slot_of(trie, key);
            if (!*slot) *slot = key << NODE_BITS | (uint64_t)nodes++;
            node = *slot & NODE;
        }
        trie->words[node & NODE] = (int32_t)word + 1;
        if (slot) *slot |= WORD_HERE;
        else *first |= WORD_HERE;
    }
    return nodes;
}

/* Return the node of the word that is exactly these letters; 0: none is. */
static uint32_t spelt(const Trie *trie, const uint16_t *letters, int64_t size) {
    uint32_t node = trie->first[letters[0]];
    if (node && size > 1) node = second(trie, node, letters[0], letters[1]);
    for (int64_t at = 2; node && at < size; at++) node = further(trie, node, letters[at]);
    return node & WORD_HERE ? node & NODE : 0;
}

static int is_stop(uint32_t code, int pauses) {
    switch (code) {
    case '\n': case '\r': case 0x3002: case 0xFF01: case 0xFF1F: case 0xFF1B: case '!': case '?': case ';': return 1;
    case 0xFF0C: case 0x3001: case 0xFF1A: case ',': return pauses;
    default: return 0;
    }
}

static int is_tight(const Folded *f, int64_t start, int64_t end) {
    return f->places[end - 1] - f->places[start] == end - start - 1;
}

static int is_one_word(const Folded *f, int64_t start, int64_t end) {
    int64_t stopped = 0;
    if (is_tight(f, start, end)) return 1;
    for (int64_t at = start + 1; at < end; at++) {
        int64_t from = f->places[at - 1] + 1, to = f->places[at];
        int stops = 0;
        if (to - from > LONGEST_GAP) return 0;
        for (; from < to; from++) stops |= is_stop(f->text[from], end - start == 2);
        stopped += stops;
    }
    return stopped == 0 || (stopped == end - start - 1 && stopped > 1);
}

static int is_digit(uint32_t c) { return c - '0' < 10; }
static int is_latin(uint32_t c) { return (c | 32) - 'a' < 26; }

static int is_cut(const Folded *f, int64_t left, int any) {
    uint32_t a = f->codes[left], b = f->codes[left + 1];
    if (f->places[left + 1] - f->places[left] != 1) return 0;
    if (any) return (is_digit(a) || is_latin(a)) && (is_digit(b) || is_latin(b));
    return (is_digit(a) && is_digit(b)) || (is_latin(a) && is_latin(b));
}

static int cuts_latin(const Folded *f, int64_t start, int64_t end) {
    int any = end - start < LONG_PINYIN;
    if (f->codes[start] > 127 && f->codes[end - 1] > 127) return 0;
    for (int64_t at = start; any && at < end; at++) any = f->codes[at] < 128;
    return (start > 0 && is_cut(f, start - 1, any)) || (end < f->size && is_cut(f, end - 1, any));
}

static int64_t ones(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    return (int64_t)(((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u >> 56);
}

/* The n-grams' sum in the table, each counted once; `different`: how many there are of them. */
static int64_t tally(const Tables *t, Work *w, const uint32_t *codes, int64_t size, int64_t *different) {
    int64_t total = 0, count = 0, marked = 0;
    for (int64_t at = 0; at < size; at++) {
        uint64_t rolled = 0;
        for (int64_t next = at; next < at + LONGEST_GRAM && next < size; next++) {
            rolled = (rolled ^ codes[next]) * GOLDEN;
            w->keys[count] = (uint32_t)(rolled >> GRAM_SHIFT);
            count += different || (t->known[w->keys[count] >> 6].bits >> (w->keys[count] & 63) & 1);
        }
    }
    uint32_t bits = 4;
    while (1 << bits < 2 * count) bits++;
    memset(w->seen, 0, sizeof *w->seen << bits);
    for (int64_t at = 0; at < count; at++) {
        uint32_t key = w->keys[at], place = key * 0x9E3779B1u >> (32 - bits);
        while (w->seen[place] && w->seen[place] != key + 1) place = (place + 1) & ((1u << bits) - 1);
        if (w->seen[place]) continue;
        w->seen[place] = key + 1;
        Known known = t->known[key >> 6];
        if (known.bits >> (key & 63) & 1) total += t->grams[known.before + ones(known.bits & (((uint64_t)1 << (key & 63)) - 1))];
        marked++;
    }
    if (different) *different = marked;
    return total;
}

static int64_t grams_of(int64_t size) {
    int64_t count = 0;
    for (int64_t length = 0; length < LONGEST_GRAM && length < size; length++) count += size - length;
    return count;
}

/* Write into `keys` what is read of a stretch: numbers and accounts as what stands for them, 0 for what is left out. */
static void mask(Work *w, const uint32_t *codes, int64_t low, int64_t high) {
    for (int64_t at = low, end; at < high; at = end) {
        int64_t digits = 0;
        if (codes[at] > 'z') { /* most are Chinese */
            w->keys[at] = codes[at];
            end = at + 1;
            continue;
        }
        for (end = at; end < high && (is_digit(codes[end]) || codes[end] - 'a' < 26); end++) digits += is_digit(codes[end]);
        uint32_t shown = 0;
        if (digits && end - at >= (digits == end - at ? REACHED : NAMED_FROM)) shown = CONTACT;
        else if (digits && digits == end - at) shown = NUMBER;
        if (shown) memset(w->keys + at, 0, (size_t)(end - at) * sizeof *w->keys);
        if (end == at) end++;
        if (shown) w->keys[at] = shown;
        else memcpy(w->keys + at, codes + at, (size_t)(end - at) * sizeof *w->keys);
    }
}

/* Read the surroundings of places, which are in text order; a place's number is what is shown for it, 0: itself. */
static int64_t weigh(const Tables *t, Work *w, const uint32_t *codes, int64_t size, const Place *places, int64_t count, int64_t *grams) {
    int64_t shown = 0;
    for (int64_t first = 0, after; first < count; first = after) {
        int64_t low = places[first].start > REACH ? places[first].start - REACH : 0, high = low;
        for (after = first; after < count && (after == first || places[after].start - REACH <= high); after++)
            if (places[after].end + REACH > high) high = places[after].end + REACH;
        if (high > size) high = size;
        mask(w, codes, low, high);
        for (int64_t at = first; at < after; at++) {
            if (!places[at].number) continue;
            memset(w->keys + places[at].start, 0, (size_t)(places[at].end - places[at].start) * sizeof *w->keys);
            w->keys[places[at].start] = (uint32_t)places[at].number;
        }
        for (int64_t at = low; at < high; at++) {
            w->shown[shown] = w->keys[at];
            shown += w->keys[at] != 0;
        }
    }
    *grams = grams_of(shown);
    return tally(t, w, w->shown, shown, 0);
}

static int is_whole(const Folded *f, Place p) { return is_one_word(f, p.start, p.end) && !cuts_latin(f, p.start, p.end); }

static int64_t length_of(const Folded *f, Place p) { return f->places[p.end - 1] - f->places[p.start]; }

/* Keep the wordings that are whole words without overlaps, the longest first, in text order. */
static int64_t longest(const Folded *f, Place *said, int64_t count) {
    Place kept[MOST_SAID];
    int64_t size = 0, valid = 0;
    for (int64_t at = 0; at < count; at++)
        if (is_whole(f, said[at])) said[valid++] = said[at];
    for (int64_t at = 1; at < valid; at++) { /* the order within equal ones is that of the text already */
        Place one = said[at];
        int64_t to = at;
        for (; to && length_of(f, said[to - 1]) < length_of(f, one); to--) said[to] = said[to - 1];
        said[to] = one;
    }
    for (int64_t at = 0; at < valid; at++) {
        int64_t to = size;
        int free_ = 1;
        for (int64_t other = 0; other < size; other++)
            free_ &= said[at].end <= kept[other].start || kept[other].end <= said[at].start;
        if (!free_) continue;
        for (; to && kept[to - 1].start > said[at].start; to--) kept[to] = kept[to - 1];
        kept[to] = said[at];
        size++;
    }
    memcpy(said, kept, (size_t)size * sizeof *said);
    return size;
}

/* Tell whether the talk around these wordings may reach a review. */
static int may_reach(const Tables *t, Work *w, const Folded *f, const Place *said, int64_t count, int64_t groups,
                     int offered, int told) {
    double most = t->base + (offered ? t->offered : 0.0) + (told ? t->told : 0.0);
    int64_t grams, total;
    for (int group = 0; groups; group++, groups >>= 1) most += groups & 1 ? t->said[group] : 0.0;
    total = weigh(t, w, f->codes, f->size, said, count, &grams);
    double share = t->evidence_length / sqrt((double)((total < 0 ? grams : 0) + FEW_GRAMS));
    return most + (double)total * t->step * share >= t->limit;
}

/* Keep the wordings that are enough together; `evidence` is theirs. */
static int64_t dense(Place *said, double *evidence, int64_t count) {
    int64_t taken = 0, first = 0, marked = 0, kept = 0, stop = 0;
    double strongest = 0.0, total = 0.0;
    for (int64_t at = 0; at < count; at++) {
        if (said[at].start >= stop) taken++;
        else if (!(evidence[at] > strongest)) continue;
        stop = said[at].end, strongest = evidence[at];
        said[taken - 1] = said[at], evidence[taken - 1] = evidence[at];
    }
    for (int64_t last = 0; last < taken; last++) {
        total += evidence[last];
        while (said[last].end - said[first].start > CLOSE_BY) total -= evidence[first++];
        if (!(total >= ENOUGH)) continue;
        for (int64_t at = first > marked ? first : marked; at <= last; at++) said[at].number = -1;
        marked = last + 1;
    }
    for (int64_t at = 0; at < taken; at++)
        if (said[at].number < 0) said[kept++] = said[at];
    return kept;
}

/* Return the entry that these characters are a homophone of, or -1. */
static int32_t meant(const Tables *t, const Folded *f, int64_t start, int64_t end, int32_t heard) {
    uint32_t word = spelt(&t->words, f->letters + start, end - start);
    if (word && t->word[word].ordinary) return -1;
    for (int64_t term = t->terms[heard - 1]; term < t->terms[heard]; term++) {
        const uint32_t *codes = t->codes + t->term_codes[term];
        int64_t same = 0, size = t->term_codes[term + 1] - t->term_codes[term];
        for (int64_t at = 0; at < size; at++) same += codes[at] == f->codes[start + at];
        if (same < size && (same || size >= FREE)) {
            if ((word && t->word[word].kind & WRITING) || !is_one_word(f, start, end)) return -1;
            return t->entries[term];
        }
    }
    return -1;
}

static int64_t listen(const Tables *t, const Work *w, const Folded *f, Place *heard, int64_t room) {
    int64_t count = 0;
    for (int64_t at = 0; at + 1 < f->size; at++) {
        uint16_t a = w->sounds[at], b = w->sounds[at + 1];
        if (!a || !b) continue;
        uint32_t node = second(&t->spoken, t->spoken.first[a], a, b);
        for (int64_t next = at + 1; node;) {
            int32_t entry = node & WORD_HERE ? meant(t, f, at, next + 1, t->spoken.words[node & NODE]) : -1;
            if (entry >= 0) {
                if (count >= room) return -1;
                heard[count++] = (Place){(int32_t)at, (int32_t)next + 1, entry};
            }
            if (++next >= f->size || !w->sounds[next]) break;
            node = further(&t->spoken, node, w->sounds[next]);
        }
    }
    return count;
}

static void sort_by_end(Place *places, int64_t count) {
    for (int64_t at = 1; at < count; at++) {
        Place one = places[at];
        int64_t to = at;
        for (; to && (places[to - 1].end > one.end || (places[to - 1].end == one.end && places[to - 1].start > one.start)); to--)
            places[to] = places[to - 1];
        places[to] = one;
    }
}

static int are_kits_possible(const Tables *t, Work *w, const Place *found, int64_t count) {
    memset(w->kinds, 0, (size_t)t->kits * sizeof *w->kinds);
    for (int64_t at = 0; at < count; at++)
        for (int64_t role = t->parts[t->word[found[at].number].pattern]; role < t->parts[t->word[found[at].number].pattern + 1]; role++)
            w->kinds[t->roles[role] >> 8] |= (uint64_t)1 << (t->roles[role] & 63);
    for (int64_t kit = 0; kit < t->kits; kit++) {
        int32_t kinds = 0;
        for (uint64_t bits = w->kinds[kit]; bits; bits &= bits - 1) kinds++;
        if (kinds && kinds >= t->at_least[kit]) return 1;
    }
    return 0;
}

static int is_hidden(Place p, const Place *covers, int64_t count) {
    int hidden = 0;
    for (int64_t by = 0; !hidden && by < count; by++)
        hidden = covers[by].start <= p.start && p.end <= covers[by].end && covers[by].end - covers[by].start > p.end - p.start;
    return hidden;
}

/* Note ordinary words; return how many there are, or -1 where they are too many. */
static int64_t cover(const Tables *t, const Folded *f, const Place *found, int64_t count, Place *covers) {
    int64_t size = 0;
    for (int64_t at = 0; at < count; at++) {
        if (!(t->word[found[at].number].kind & COVER) || !is_tight(f, found[at].start, found[at].end)) continue;
        if (size == MOST_COVERS) return -1;
        covers[size++] = found[at];
    }
    return size;
}

/* Keep what names an object in one piece and is not covered; -1: that takes a look at what it means. */
static int64_t name(const Tables *t, const Folded *f, Place *found, int64_t count, const Place *covers, int64_t size, int64_t *covered) {
    int64_t kept = 0;
    for (int64_t at = 0; at < count; at++) {
        Place p = found[at];
        int kind = t->word[p.number].kind;
        if (!(kind & NAMED) || !is_whole(f, p)) continue;
        int hidden = is_hidden(p, covers, size);
        if (hidden && kind & MIXED) return -1;
        if (hidden && kind & (is_tight(f, p.start, p.end) ? TIGHT : LOOSE)) *covered = 1;
        else found[kept++] = p;
    }
    return kept;
}

/* Note where words begin: the place in `shown`, in `keys` the node with 0 for a word of one letter, 1 after two. */
static int64_t open_words(const Tables *t, Work *w, int64_t size) {
    const Trie *trie = &t->words;
    int64_t count = 0, kept = 0;
    for (int64_t at = 0; at < size; at++) {
        uint32_t a = w->letters[at], b = at + 1 < size ? w->letters[at + 1] : JUNK, node = trie->first[a];
        w->shown[count] = (uint32_t)at, w->keys[count] = (node & ((1 << NODE_BITS) - 1)) << 1;
        count += (node & WORD_HERE) != 0;
        w->shown[count] = (uint32_t)at, w->keys[count] = node << 1 | 1;
        if (b == JUNK || !(node & GOES_ON) || !has(trie->pairs, pair_of(a, b))) continue;
        FETCH(trie->slots + (key_of(node, b) * GOLDEN >> trie->shift));
        count++;
    }
    for (int64_t at = 0; at < count; at++) {
        uint32_t node = w->keys[at] >> 1;
        if (w->keys[at] & 1) node = *slot_of(trie, key_of(node, w->letters[w->shown[at] + 1])) & ((1 << NODE_BITS) - 1);
        if (!node) continue;
        if (node & WORD_HERE) FETCH(t->word + (node & NODE));
        w->shown[kept] = w->shown[at], w->keys[kept++] = node << 1 | (w->keys[at] & 1);
    }
    return kept;
}

/* Look at one text; the row says what was seen, the places are written from the given ones on. */
static int look(const Tables *t, Work *w, const uint32_t *text, int64_t size, int offered, int64_t first, Place *found,
                Place *heard, Place *spoken, Context *nearby, int64_t room, int64_t *row, double *evidence) {
    Folded f = {text, w->codes + first, w->places + first, w->letters, 0};
    int64_t count = 0, said = 0, groups = 0, kind = 0, pictured = 0, covers, covered = 0, possible, openings, around = 0, free_ = 0;
    Place over[MOST_COVERS], left[MOST_SAID];
    *evidence = 0.0;
    for (int64_t at = 0; at < size; at++) {
        uint16_t letter = text[at] < CODE_POINTS ? t->letter[text[at]] : JUNK;
        pictured |= letter == PICTURE;
        w->codes[first + f.size] = letter == OTHER ? t->fold[text[at]] : t->code[letter];
        w->places[first + f.size] = at, w->letters[f.size] = letter, w->sounds[f.size] = t->sound[letter];
        f.size += letter > PICTURE;
    }
    row[SIZE] = f.size, row[PICTURED] = pictured;
    if (room > MOST_PATTERNS) room = MOST_PATTERNS;
    openings = open_words(t, w, f.size);
    for (int64_t opening = 0; opening < openings; opening++) {
        int64_t at = w->shown[opening], next = at + 1 + (w->keys[opening] & 1);
        uint32_t node = w->keys[opening] >> 1;
        while (node) {
            if (node & WORD_HERE) {
                const Word *word = t->word + (node & NODE);
                if (word->groups) {
                    if (around >= room) return REFUSED;
                    nearby[around++] = (Context){at, next, word->groups};
                    groups |= word->groups;
                }
                if (word->pattern >= 0) {
                    if (count >= room) return REFUSED;
                    found[count++] = (Place){(int32_t)at, (int32_t)next, (int32_t)(node & NODE)};
                    kind |= word->kind;
                    if (word->kind & SAID) {
                        w->evidence[said] = word->evidence, *evidence += word->evidence;
                        spoken[said++] = found[count - 1];
                    }
                }
            }
            if (next == at + 1 || next >= f.size) break;
            node = further(&t->words, node, w->letters[next++]);
        }
    }
    said = dense(spoken, w->evidence, said);
    possible = kind & PART && are_kits_possible(t, w, found, count);
    row[HEARD] = listen(t, w, &f, heard, room);
    if (row[HEARD] < 0) return REFUSED;
    row[KIND] = kind & (NAMED | SAID | PART | COVER), row[GROUPS] = groups, row[FOUND] = count, row[SPOKEN] = said;
    row[NEARBY] = around;
    row[COVERED] = row[NAMES] = 0;
    if (!(kind & NAMED || said || possible || row[HEARD] || pictured)) return NOTHING;
    if (possible) return ASK;
    if (!t->settles || pictured || f.size > SETTLED_FROM) return CLOSELY;
    if (said > MOST_SAID) return CLOSELY;
    if (2 * count > room) return CLOSELY;
    Place *own = found + count; /* what is left of the named ones, behind all that was found */
    memcpy(own, found, (size_t)count * sizeof *own);
    covers = cover(t, &f, found, count, over);
    if (covers < 0) return CLOSELY;
    count = name(t, &f, own, count, over, covers, &covered);
    if (count < 0) return CLOSELY;
    for (int64_t at = 0; at < row[HEARD]; at++)
        if (is_hidden(heard[at], over, covers)) return CLOSELY;
    for (int64_t at = 0; at < said; at++) {
        spoken[at].number = covers && is_whole(&f, spoken[at]) && is_hidden(spoken[at], over, covers);
        if (spoken[at].number) covered = 1;
        else left[free_++] = spoken[at];
    }
    row[COVERED] = covered, row[NAMES] = count;
    if (count || row[HEARD]) return said && *evidence > TALKATIVE ? CLOSELY : OPEN;
    free_ = longest(&f, left, free_);
    if (free_ && may_reach(t, w, &f, left, free_, groups, offered, (int)covered)) return CLOSELY;
    return covered ? TOLD : NOTHING;
}

/* Look at texts, one after another in `text`; return how many are not nothing. */
int64_t wd_look(const Tables *t, Work *w, const uint32_t *text, const int64_t *sizes, const uint8_t *offered, int64_t count) {
    int64_t first = 0, seen = 0;
    Place *found = w->found, *heard = w->heard, *spoken = w->spoken;
    Context *nearby = w->nearby;
    for (int64_t number = 0; number < count; text += sizes[number++]) {
        int64_t *row = w->rows + number * COLUMNS, room = w->most_places;
        if (first + sizes[number] > w->room) {
            row[STATUS] = REFUSED, seen++;
            continue;
        }
        int64_t left[4] = {found - w->found, heard - w->heard, spoken - w->spoken, nearby - w->nearby}, used = 0;
        for (int i = 0; i < 4; i++) used = left[i] > used ? left[i] : used;
        row[STATUS] = look(t, w, text, sizes[number], offered[number], first, found, heard, spoken, nearby, room - used, row, w->evidence + w->room + number);
        if (row[STATUS] == NOTHING) continue;
        seen++;
        if (row[STATUS] < OPEN || row[STATUS] == REFUSED) continue;
        sort_by_end(found, row[FOUND]);
        sort_by_end(found + row[FOUND], row[NAMES]);
        sort_by_end(heard, row[HEARD]);
        for (int64_t at = 0; at < row[FOUND] + row[NAMES]; at++) found[at].number = t->word[found[at].number].pattern;
        found += row[FOUND] + row[NAMES], heard += row[HEARD], spoken += row[SPOKEN], nearby += row[NEARBY];
        first += row[SIZE];
    }
    return seen;
}

/* Return the sum of a wording's n-grams in the table; `different`, where wanted: how many there are. */
int64_t wd_tally(const Tables *t, Work *w, const uint32_t *codes, int64_t size, int64_t *different) {
    return size > w->room ? 0 : tally(t, w, codes, size, different);
}

/* Return the sum of the n-grams around places, which lie within the text and in its order, and how many there are. */
int64_t wd_weigh(const Tables *t, Work *w, const uint32_t *codes, int64_t size, const Place *places, int64_t count, int64_t *grams) {
    return weigh(t, w, codes, size, places, count, grams);
}

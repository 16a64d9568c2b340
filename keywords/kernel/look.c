/* The first look at texts: fold, find what may matter, and settle what can be settled; see `sight.py` and `detector.py`. */

#include <string.h>

#include "kernel.h"

#define MOST_PATTERNS 4096 /* of one text; one with more is left to the twins */
#define MORE_CUES (MOST_STRETCHES * MOST_NUMBERS + 2) /* that are read from numbers, signs and verbs */

int64_t wd_look(const Tables *t, Work *w, const uint32_t *text, const int64_t *sizes, const uint8_t *asked, int64_t count);

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

/* Write where words may begin into `shown`: the place, doubled, and one more where they have two letters at least. */
static int64_t open_places(const Tables *t, Work *w, int64_t size) {
    const Trie *trie = &t->words;
    const uint16_t *letters = w->letters;
    uint32_t *shown = w->shown, pair = letters[0];
    int64_t count = 0, kept = 0;
    for (int64_t at = 0; at < size; at++) {
        if ((pair & OTHER) < t->first_joined) shown[count++] = (uint32_t)at << 1;
        pair = pair << 16 | letters[at + 1];
        shown[count] = (uint32_t)at << 1 | 1;
        count += has(trie->pairs, bit_of_pair(trie, pair)); /* most are none: no branch could foretell it */
    }
    for (int64_t at = 0; at < count; at++) {
        uint32_t place = shown[at];
        const uint16_t *own = letters + (place >> 1);
        shown[kept] = place;
        kept += (~place & 1) | (uint32_t)goes_on(trie, own[0], own[1], own[2]);
    }
    return kept;
}

/* Note where words begin: the place in `shown`, in `keys` the node with 0 for a word of one letter, 1 after two. */
static int64_t open_words(const Tables *t, Work *w, int64_t size) {
    const Trie *trie = &t->words;
    int64_t count = open_places(t, w, size), kept = 0;
    for (int64_t at = 0; at < count; at++) {
        const uint16_t *letters = w->letters + (w->shown[at] >> 1);
        FETCH(trie->slots + (key_of(trie->first[letters[0]], letters[1]) * GOLDEN >> trie->shift));
    }
    for (int64_t at = 0; at < count; at++) {
        uint32_t place = w->shown[at] >> 1, two = w->shown[at] & 1, node = trie->first[w->letters[place]];
        if (two) node = *slot_of(trie, key_of(node, w->letters[place + 1])) & ((1 << NODE_BITS) - 1);
        if (!node) continue;
        if (node & WORD_HERE) FETCH(t->word + (node & NODE));
        w->shown[kept] = place, w->keys[kept++] = (node & ((1 << NODE_BITS) - 1)) << 1 | two;
    }
    return kept;
}

/* Fold a text into the work; return whether it shows emoji that can stand for a character. */
static int fold(const Tables *t, Work *w, Folded *f, int64_t first) {
    const uint32_t *text = f->text;
    const uint16_t *letter_of = t->letter;
    uint32_t *codes = w->codes + first, pictured = 0;
    int64_t *places = w->places + first, size = 0;
    uint16_t *letters = w->letters, *sounds = w->sounds;
    for (int64_t at = 0; at < f->length; at++) {
        uint16_t letter = letter_of[text[at]];
        const Letter *known = t->known_as + letter;
        codes[size] = known->code, places[size] = at, letters[size] = letter, sounds[size] = known->sound;
        if (letter == OTHER) codes[size] = t->fold[text[at]];
        size += known->kept, pictured |= known->pictured;
    }
    for (int64_t at = size; at < size + 2; at++) letters[at] = JUNK, sounds[at] = 0; /* in no word: none asks where a text ends */
    f->size = size;
    return (int)pictured;
}

/* Note what a word is; 0: there is no room. */
static int note(const Word *word, Work *w, Sighted *seen, Place place, int64_t room, int64_t *row, double *evidence) {
    if (word->groups || word->hides || word->digits) {
        int64_t hides = word->digits ? word->hides | INT64_MIN : word->hides; /* a number: more of it may follow */
        if (seen->nearby_count + MORE_CUES >= w->most_places) return 0;
        seen->nearby[seen->nearby_count++] = (Context){place.start, place.end, word->groups, hides};
        seen->groups |= word->groups;
    }
    if (word->pattern < 0) return 1;
    if (seen->found_count >= room) return 0;
    seen->found[seen->found_count++] = place;
    row[KIND] |= word->kind;
    if (!(word->kind & SAID)) return 1;
    w->evidence[seen->spoken_count] = word->evidence, *evidence += word->evidence;
    seen->spoken[seen->spoken_count++] = place;
    return 1;
}

/* Find all words; 0: there is no room. */
static int find(const Tables *t, Work *w, const Folded *f, Sighted *seen, int64_t room, int64_t *row, double *evidence) {
    int64_t openings = open_words(t, w, f->size);
    for (int64_t opening = 0; opening < openings; opening++) {
        int64_t at = w->shown[opening], next = at + 1 + (w->keys[opening] & 1);
        uint32_t node = w->keys[opening] >> 1;
        while (node) {
            Place place = {(int32_t)at, (int32_t)next, (int32_t)(node & NODE)};
            if (node & WORD_HERE && !note(t->word + place.number, w, seen, place, room, row, evidence)) return 0;
            if (next == at + 1 || next >= f->size) break;
            node = further(&t->words, node, w->letters[next++]);
        }
    }
    return 1;
}

/* Note ordinary words that stand in one piece; return how many there are, -1: too many. */
static int64_t find_covers(const Tables *t, const Folded *f, const Sighted *seen, Place *covers) {
    int64_t size = 0;
    for (int64_t at = 0; at < seen->found_count; at++) {
        Place one = seen->found[at];
        if (!(t->word[one.number].kind & COVER) || !is_tight(f, one.start, one.end)) continue;
        if (size == MOST_COVERS) return -1;
        covers[size++] = one;
    }
    return size;
}

/* Tell whether the talk of a text that names nothing may reach a review. */
static int may_talk(const Case *c, int covered) {
    Place said[MOST_SAID];
    int64_t count = 0;
    for (int64_t at = 0; at < c->count; at++)
        if (c->all[at].state != COVERED) said[count++] = (Place){c->all[at].start, c->all[at].end, 0};
    count = wd_longest_said(c->f, said, count);
    return count && wd_may_reach(c, said, count, covered);
}

/* Settle a text; return what is known of it. `pictured`: it shows emoji; `kits`: there may be parts enough for one. */
static int settle(const Tables *t, Work *w, const Folded *f, Sighted *seen, int pictured, int kits) {
    Candidate all[MOST_JUDGED];
    Place covers[MOST_COVERS];
    Folded drawn;
    Case c = {.t = t, .w = w, .f = f, .r = t->rules, .seen = seen, .all = all, .covers = covers};
    int covered = 0;
    int64_t named;
    wd_sort_by_end(seen->found, seen->found_count);
    wd_sort_by_end(seen->heard, seen->heard_count);
    c.cover_count = find_covers(t, f, seen, covers);
    named = c.cover_count < 0 ? UNSURE : wd_collect(&c);
    if (named == UNSURE) return CLOSELY;
    for (int64_t at = 0; at < c.count; at++) covered |= all[at].state == COVERED;
    if (kits) kits = wd_are_complete(&c);
    if (kits == UNSURE || (pictured && c.r->sets[WANTED_CHANNELS] >> EMOJI & 1 && !wd_draw(&c, &drawn))) return CLOSELY;
    for (int64_t at = 0; at < c.count; at++) named += all[at].drawn;
    if (!named && !kits && c.count <= MOST_SAID && !may_talk(&c, covered)) return covered ? TOLD : NOTHING;
    if (!wd_read_context(&c) || (kits && !wd_add_kits(&c))) return CLOSELY;
    return wd_select(&c) ? wd_decide(&c) : CLOSELY;
}

/* Look at one text, which is folded from `first` on in the work; the row says what was seen. */
static int look(const Tables *t, Work *w, Folded *f, int asked, int64_t first, Sighted *seen, int64_t room, int64_t *row, double *evidence) {
    int possible, status, judged;
    *evidence = 0.0;
    memset(row, 0, COLUMNS * sizeof *row);
    row[PICTURED] = fold(t, w, f, first), row[SIZE] = f->size;
    room = at_most(at_most(room, MOST_PATTERNS), w->room);
    if (!find(t, w, f, seen, room, row, evidence)) return REFUSED;
    seen->spoken_count = wd_dense(seen->spoken, w->evidence, seen->spoken_count);
    possible = row[KIND] & PART && are_kits_possible(t, w, seen->found, seen->found_count);
    seen->heard_count = wd_listen(t, w, f, seen->heard, room);
    if (seen->heard_count < 0) return REFUSED;
    row[KIND] &= NAMED | SAID | PART | COVER;
    row[FOUND] = seen->found_count, row[SPOKEN] = seen->spoken_count, row[HEARD] = seen->heard_count;
    if (!(row[KIND] & NAMED || seen->spoken_count || possible || seen->heard_count || row[PICTURED])) return NOTHING;
    status = possible ? ASK : CLOSELY;
    if (!t->settles || asked & UNJUDGED || f->size > LONGEST_JUDGED || seen->spoken_count > MOST_SAID) return status;
    if (!t->rules) return UNREADY;
    judged = settle(t, w, f, seen, row[PICTURED] != 0, possible);
    return judged == CLOSELY ? status : judged;
}

/* Look at texts, one after another in `text`; return how many are not nothing. */
int64_t wd_look(const Tables *t, Work *w, const uint32_t *text, const int64_t *sizes, const uint8_t *asked, int64_t count) {
    int64_t first = 0, some = 0;
    Place *found = w->found, *heard = w->heard, *spoken = w->spoken;
    for (int64_t number = 0; number < count; text += sizes[number++]) {
        int64_t *row = w->rows + number * COLUMNS, used;
        Folded f = {text, w->codes + first, w->places + first, w->letters, 0, sizes[number]};
        Sighted seen = {.found = found, .heard = heard, .spoken = spoken, .nearby = w->nearby, .offered = asked[number] & OFFERED};
        if (first + sizes[number] > w->room) {
            row[STATUS] = REFUSED, some++;
            continue;
        }
        used = at_least(found - w->found, at_least(heard - w->heard, spoken - w->spoken));
        row[STATUS] = look(t, w, &f, asked[number], first, &seen, w->most_places - used, row, w->evidence + w->room + number);
        some += row[STATUS] != NOTHING;
        if (row[STATUS] != CLOSELY && row[STATUS] != ASK) continue;
        wd_sort_by_end(found, row[FOUND]);
        wd_sort_by_end(heard, row[HEARD]);
        for (int64_t at = 0; at < row[FOUND]; at++) found[at].number = t->word[found[at].number].pattern;
        found += row[FOUND], heard += row[HEARD], spoken += row[SPOKEN];
        first += row[SIZE];
    }
    return some;
}

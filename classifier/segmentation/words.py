"""Word lists and characters of the sentence splitter, as data."""

from __future__ import annotations

__all__ = [
    "BEFORE_NUMBER",
    "COMPANY",
    "EMOJI",
    "INVISIBLE",
    "LOWER_CONTINUES",
    "REACTIONS",
    "STARTERS",
    "SUFFIXES",
    "TITLES",
    "UNITS",
]

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
# Faces, hearts and gestures close the sentence before them; other emoji open the next one.
REACTIONS = (
    "\u2639\u263a\u2665\u2764\U0001f600-\U0001f64f\U0001f90d-\U0001f917\U0001f920-\U0001f92f\U0001f970-\U0001f97a"
    "\U0001f389\U0001f38a\U0001f44c-\U0001f44f\U0001f493-\U0001f49f\U0001f4aa\U0001f4af\U0001f525"
)
# Never the last word of a sentence.
TITLES = frozenset(
    "dr drs mr mrs ms mx prof rev hon gen col capt lt sgt gov sen rep mt ft messrs st ste vs eg ie e.g i.e cf ca viz "
    "approx al et esp incl excl resp pat ing".split()
)
# Abbreviations only where a number follows.
BEFORE_NUMBER = frozenset(
    "no nos nr fig figs vol vols p pp pg ch chap sec sect art par para eq ref refs tab ex lot cat item reg "
    "jan feb mar apr jun jul aug sep sept oct nov dec tel ext ph est max min avg abt approx u.s § rs".split()
)
# May end a sentence; they do so where a capital follows that usually opens one.
COMPANY = frozenset(
    "inc ltd co corp llc plc gmbh bros jr sr etc dept univ assn intl u.s u.k e.u u.s.a a.m p.m ph.d m.d d.c d.o n.d "
    "r.d b.sc m.sc b.a m.a d.v.m r.n b.c a.d d.d.s d.m.d o.d ave blvd rd sq hwy mag mfg est max min avg ext spp sp var "
    "subsp admin assoc ala ariz ark calif colo conn fla ga kan ky mich minn neb nev okla tenn "
    "tex va vt wis".split()
)
# Units: a stop after them ends the sentence unless a small letter follows.
UNITS = frozenset(
    "mg mcg ug g gm kg ml cl dl l oz fl lb lbs iu cfu tsp tbsp tbs caps cap tabs tab hr hrs sec secs min mins wk wks "
    "mo mos yr yrs ft in cm mm pt pts qt gal qty ct pc pcs pkg temp wt ht dia amt misc orig ver ed eds trans".split()
)
LOWER_CONTINUES = TITLES | BEFORE_NUMBER | COMPANY | UNITS
STARTERS = frozenset(
    "the this that these those it its it's it’s we we're our you you'll your they their he she his her there here in "
    "on at for from with without by as if when while after before since until to and but or so because although "
    "however though unlike a an some many most much more several all each every both few no not only even just also "
    "what why how who which where i i'm i've i’ve my me one two three another other use take do don't did does is are "
    "was were has have can could may might must will would should let get try buy order call click visit learn see "
    "read now then today studies research scientists experts users people women men patients results please always "
    "never keep store made simply once".split()
)
# What may stand after a dot inside a name: "example.Com", "Node.Js".
SUFFIXES = frozenset("com net org co io uk eu us de info biz shop store js html htm php pdf jpg png asp".split())

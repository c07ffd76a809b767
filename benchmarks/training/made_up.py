"""Made-up questions to train word vectors on: what customers of anything ask, no real texts."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence


def _words(text: str) -> list[str]:
    return text.split()


THINGS = _words("""
account address alarm app appliance appointment balance bank bill booking box brand browser bus
camera car card cart case catalogue charge chat check cheque child city click code colour
commission company complaint computer contract cookie copy country coupon courier credit currency
customer damage data date dealer deadline debt delivery deposit desk device dinner direction
discount doctor document dog download driver email employee engine error exchange family fee file
film flight food form friend fuel game garage gift guarantee guest guide gym hair headphones
holiday home hospital hotel hour house id identity insurance internet interest invoice item jacket
job joke key keyboard language laptop laundry level licence light limit link list loan location
lock log luggage mail manager map meal medicine meeting member membership menu message meter
mobile model money month mortgage movie music name network news note notification number office
offer oil operator option order outfit owner package page paper parcel part party pass passcode
passport password payment pet phone photo picture pin plan plane plate platform playlist pocket
point policy post postcode price printer privacy problem product profile promotion proof purchase
question rate reader receipt recipe refund registration reminder rent repair replacement report
request reservation restaurant return review reward ride ring road roaming room route salary sale
sample school screen seat security seller server service settings shipment shoes shop signal sim
site size song speaker speed staff stamp statement station status stock store street student
subscription sugar supplier support tablet tariff tax taxi team technician text ticket time tire
title top tracking traffic train transaction transfer travel trip tv update username vacation
vehicle verification version video visa voice voucher wallet warranty watch water weather website
week weight wifi window word work wrist yoga
""")
ACTIONS = _words("""
accept access activate add adjust apply approve ask assemble authorise avoid block book borrow
bring build buy calculate call cancel change charge check choose claim clean clear close collect
combine compare complain complete confirm connect contact contest convert cook copy correct create
decline delay delete deliver deposit disable dispute download earn edit enable end enter exchange
expect expire explain extend fail file fill find fix forget forward freeze get give handle have
heat hold identify increase insert install investigate invite issue join keep know lease leave
lend limit link list load lock lose lower make manage mark measure merge miss modify move mute
need notify obtain offer open order pack paste pay pick place plan play post prevent print process
prove provide publish purchase put raise read reach reactivate receive recharge recommend record
recover redeem reduce refund register reject release remind remove rename renew rent repair repeat
replace reply report request reschedule reserve reset resend restart restore resume retrieve
return reverse review save scan schedule see sell send separate set share ship show sign skip
solve speak spend split start stay stop store submit subscribe suspend swap switch take talk test
top track trade transfer translate travel trust turn understand unblock unlock unsubscribe update
upgrade upload use validate verify view visit wait wash wear win withdraw work write
""")
STATES = _words("""
able accurate active available bad best big blocked blue broken busy cancelled cheap cheaper
closed cold contactless correct compromised damaged declined defective delayed different digital
direct disabled disposable double due duplicate early electronic empty expensive expired extra
failed fast faulty foreign forgotten fraudulent free frozen full funny good happy healthy heavy
high hot hidden illegal incorrect inactive international invalid joint large late latest legal
local locked long lost low main maximum minimum missing mobile monthly national negative new next
nice old old-fashioned online open other own paid partial pending personal physical possible
previous private ready real recent red regular safe same scheduled secure separate short sick slow
small special standard stolen strange stuck suspicious temporary tired unauthorised unavailable
unknown unrecognised urgent used valid virtual weekly working wrong yearly
""")
PLACES = _words("""
abroad airport bank branch cash machine europe germany america home london office online paris
shop store street supermarket bus school work hotel garden kitchen canada moscow istanbul riga
warsaw tokyo mexico
""")
EVERY = frozenset(THINGS + ACTIONS + STATES + PLACES)
_PATTERNS = """
how do i {v} my {o}
how can i {v} a {o}
how to {v} {o}
why was my {o} {j}
why is the {o} {j}
my {o} is {j}
my {o} is not {j}
can i {v} my {o}
can you {v} the {o} for me
i want to {v} a {a} {o}
i need to {v} my {o} {o2}
where is my {o}
where can i {v} a {o}
when will my {o} arrive
how long does the {o} take
how much is the {o} {o2}
what is the {o} for a {o2}
what {o} do you {v}
which {o} can i {v}
do you have {a} {o}
is there a {o} for the {o2}
is it possible to {v} a {o}
i can't {v} my {o}
i cannot {v} the {o} {o2}
the {o} did not {v}
i have a {a} {o}
i lost my {o}
there is a {o} i do not {v}
i did not {v} this {o}
please {v} my {o}
{v} {o}
{v} my {o} please
{o} {o2}
{a} {o}
{a} {o} {o2}
{o} not {a}
{o} still {a}
what do i do if my {o} is {a}
what happens if i {v} the {o}
do i have to {v} {o}
should i {v} or {v2} my {o}
i was {v}ed for a {o}
i would like to {v} my {o} in {p}
does the {o} work in {p}
can i {v} {o} in {p}
{v} the {o} in {p}
will you {v} {o} to {p}
why did the {o} {v} twice
who can {v} my {o}
tell me about the {o}
tell me my {o} {o2}
i would like to know the {o}
what's the {a} {o}
what are the {o} limits
are there any {o} fees
i still have not got my {o}
how many {o}s can i {v}
how often do you {v} the {o}
{o} {v} and {v2}
the {o} i {v}ed is {a}
i {v}ed a {o} yesterday and it is {a}
my {o} says {a}
help me {v} the {o}
need help with {o}
problem with my {o}
i think my {o} was {a}
someone else {v}ed my {o}
it wouldn't let me {v} the {o}
unable to {v} {o}
{o} won't {v}
give me the {o} {o2}
set the {o} to {a}
turn the {o} off
what time does the {o} {v}
how far is the {o}
at what age can i {v} a {o}
could you {v} how the {o} works
explain why the {o} is {a}
i am still waiting on my {o}
does it cost extra to {v} a {o}
"""
TEMPLATES = _PATTERNS.strip().splitlines()


def questions(count: int, chance: random.Random, common: Sequence[str]) -> list[str]:
    """`count` different questions; a quarter of their nouns are any of the 6,000 `common` words."""
    made: set[str] = set()
    while len(made) < count:
        made.add(_question(chance, common[:6000]))
    return sorted(made)


def _question(chance: random.Random, common: Sequence[str]) -> str:
    def some(words: Sequence[str], share: float) -> str:
        return chance.choice(words if chance.random() < share else common)

    pattern = chance.choice(TEMPLATES)
    text = pattern.format(
        o=some(THINGS, 0.75), o2=some(THINGS, 0.75), j=some(STATES, 0.8), a=some(STATES, 0.8),
        v=chance.choice(ACTIONS), v2=chance.choice(ACTIONS), p=chance.choice(PLACES),
    )  # fmt: skip
    text = re.sub(r"eed\b", "ed", text) if "{v}ed" in pattern else text
    return text + ("?" if chance.random() < 0.3 else "")


def heaps(count: int, chance: random.Random, words: Sequence[str]) -> list[str]:
    """`count` different texts of two to five words in no order."""
    made: set[str] = set()
    while len(made) < count:
        made.add(" ".join(chance.choices(words, k=chance.choice((2, 3, 3, 4, 5)))))
    return sorted(made)

"""How American organisations shorten the words of their names, and which words many of them share."""

from __future__ import annotations

from collections.abc import Iterator

# In each group the ways one word is written; the first is what all become.
_WRITTEN = """
academy acad | administration admin administrative | agency agcy | agricultural ag agric agriculture |
american amer am | associates association assn assoc associations assc asso asn assocn | attorney atty |
auto automotive autos | behavioral behvrl behav | board bd brd boards brds | bros brothers brother |
building bldg buildings bldgs | center ctr centers centre cntr cen | chemical chem chemicals | coll college colleges |
commission commn comm | committee cmte | communications communication | conference conf | conservation conserv |
construction const constr | consulting consultants consultant cons | council counc | county cnty cty |
department dept departments dpt | development dev devel | director dir directors | district dist distr dst |
distribution distributors distributing | east eastern e | education educ educational ed edu | electric elec electrical |
elementary elem | engineering engineers engr eng | enterprises enterprise ent | environmental envir envirnmntl env |
equipment equip equipmt eqp eq | federal fed | financial finance fin | food foods | fort ft |
foundation fdn fndn found | general gen | government govt gov | group grp | hardware hdwe hdw hdwr | health hlth |
highway hwy | hospital hosp hospitals hsp | housing hsng | industries indus industrial ind industry | information info |
institute inst institution | insurance ins | international intl internatl int | junction jct |
laboratory lab labs laboratories | library lib libraries | machine mach | management mgmt mgt mgmnt |
manufacturing mfg | market mkt markets | material materials matls | mechanical mech | medical med medicine |
memorial mem | mount mt mountain mtn | municipal muni | national natl nat | north no northern n | office ofc offices |
officer officers offcrs ofcr | parks park | partners partner | pharmacy pharm pharmacies | physical phys |
products prod product prods | professional prof professionals | public pub |
publishing publ publishers publications publisher | regional reg region | register registr registrar |
rehabilitation rehab | rental rentals | repair repairs | resources res | restaurant rstrnt rest restaurants |
saint st street | school sch schools schl | science sci sciences scientific | sales sale | security sec |
service services svc svcs serv srv svs srvc srvcs | sheriff sheriffs | society soc | solution solutions soln solns |
south so southern s | sport sports | state states | store stores str | supply supplies sup splys sply |
system systems sys syst | technology tech technologies technical technol | telephone tel telecom | training trng |
transportation trans transport transp | treasurer treas | truck trucks trucking | university univ universities |
veterinary vet | village vlg | volunteer vol volunteers | water wtr | west western w | works wks
"""
# Further words that many names have.
_COMMON = """
air airlines american art arts big black blue books cafe camp care church city clinic club coffee community country
county creek custom dairy design digital express family farm farms first flowers fire fuel gas golden golf great green
grill home hotel ice inn kitchen lake land lawn learning legion life lock lumber metal mountain music new oil paper
photo pizza plumbing power print printing pro quality red river road rock royal shop smith star studio suites sun
surplus team theater tire town travel tree usa united valley video village
"""
TWO_WORDS = {
    "NEW HAMPSHIRE": "NH", "NEW JERSEY": "NJ", "NEW MEXICO": "NM", "NEW YORK": "NY", "NORTH CAROLINA": "NC",
    "NORTH DAKOTA": "ND", "RHODE ISLAND": "RI", "SOUTH CAROLINA": "SC", "SOUTH DAKOTA": "SD", "WEST VIRGINIA": "WV",
    "UNITED STATES": "US",
}  # fmt: skip


def _forms() -> Iterator[tuple[str, str]]:
    for group in _WRITTEN.upper().split("|"):
        first, *others = group.split()
        yield from ((form, first) for form in others)


FOLDED = dict(_forms())
COMMON = frozenset(FOLDED.values()) | {FOLDED.get(word, word) for word in _COMMON.upper().split()}

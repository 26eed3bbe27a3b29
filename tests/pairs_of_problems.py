"""Invented pairs of accounts from two meetings about one site: of the same problem, or of two different ones."""

SAME = [
    (
        "Losing principals after year two. Four of seven principals left at the end of their second year for the "
        "suburb. "
        "The district pays a retired administrator to mentor each principal.",
        "Principal turnover, one year on. Two more principals have resigned. The mentors, paid by the hour, now also "
        "visit "
        "assistant principals before they are appointed.",
    ),
    (
        "Grades that mean something. Students with high grades failed the state test. The district asked teachers to "
        "write "
        "a common grading policy.",
        "The new grading policy meets its critics. Teachers in two schools still give zeros for late work. Leaders "
        "want "
        "report cards to agree with what students know.",
    ),
    (
        "Chronic absence on the levee side. Nearly a third of children miss more than eighteen days. Teams go "
        "through the "
        "names every Monday.",
        "Attendance again. Absences fell after the bus stop was moved, but kindergarten families still keep children "
        "home. "
        "The Monday teams now call before eight.",
    ),
    (
        "Who gets sent out. Native American students were removed from class at three times their share. Staff read "
        "the "
        "referral slips together.",
        "Discipline referrals, second report. Removals are down by half and the gap between groups has not moved. "
        "The school "
        "asked families what they had seen.",
    ),
    (
        "One coach for three schools. The mathematics coach spent her days as a substitute. Principals signed an "
        "agreement "
        "that protects coaching cycles.",
        "Protecting the coach. After a year under the agreement the coach works with teachers four days in five, and "
        "one "
        "principal still borrows her for testing.",
    ),
    (
        "Walkthroughs nobody believed. Principals rated every lesson as strong while test results stood still. Leaders "
        "scored the same videos.",
        "Classroom visits without ratings. Visiting teams of principals and teachers look at one question. The board "
        "wants "
        "scores back.",
    ),
    (
        "Families who cannot reach the school. Spanish-speaking parents were hung up on. The district hired two "
        "liaisons.",
        "Interpreters and the telephone. The liaisons' positions end with the relief money, and parents who speak "
        "K'iche' "
        "still cannot get an answer when they call.",
    ),
    (
        "No bench. There was nobody ready to become a principal. The district began a leadership cohort with the "
        "university.",
        "What the leadership cohort produced. Nine graduates lead schools, most of them white and from elementary "
        "schools; "
        "the supply of candidates for high schools remains thin.",
    ),
    (
        "Third-grade reading on four days. Children without help at home lost a year of fluency. The reading block "
        "moved to "
        "the first hour.",
        "Reading after the four-day week. Fluency checks every two weeks show the gap closing, and the Friday "
        "reading room "
        "has lost its grant.",
    ),
    (
        "Two staffs in one building. Three years after the merger teachers eat by former mascot and grade by two "
        "rules. "
        "Course teams were mixed.",
        "The merged high school. Course teams have settled one late-work rule, but the faculty still votes along the "
        "line "
        "of the old schools.",
    ),
]
DIFFERENT = [
    (SAME[0][0], SAME[1][0]),
    (SAME[2][0], SAME[4][0]),
    (SAME[3][0], SAME[7][1]),
    (SAME[5][0], SAME[6][0]),
    (SAME[8][0], SAME[9][1]),
    (SAME[7][0], SAME[3][1]),
    (SAME[1][0], SAME[6][1]),
    (SAME[2][1], SAME[5][1]),
    (SAME[0][1], SAME[8][1]),
    (SAME[4][1], SAME[9][0]),
    (SAME[1][1], SAME[2][0]),
    (SAME[7][0], SAME[8][0]),
    (SAME[0][0], SAME[9][0]),
    (SAME[0][0], SAME[4][0]),
    (SAME[5][0], SAME[1][0]),
    (SAME[3][0], SAME[2][0]),
]

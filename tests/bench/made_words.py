"""The words that made documents are varied with: names of people and places, words of one kind, sentences.

Nothing here is taken from a real document.
"""

WOMEN = """
Adele Agnes Alma Anita Antonia Audrey Beatriz Bernice Bettina Brenda Bridget Carla Celeste Charlotte Clara Claudia
Constance Cora Daphne Daria Delia Dolores Edith Eleanor Elena Elise Esther Eunice Faith Felicia Florence Frances Gina
Grace Greta Hazel Helen Hilda Imani Irene Iris Isabel Ivy Joyce Juanita Judith Karen Keiko Leona Leticia Lillian Lois
Lucia Mabel Marcella Maribel Martha Maxine Mercedes Mildred Miriam Monica Nadia Naomi Nina Norma Olga Pamela Paula
Pilar Priya Ramona Regina Rhoda Rita Roberta Rosa Sandra Selma Shirley Sonia Stella Sylvia Tamara Thelma Ursula Valerie
Vera Viola Vivian Wanda Winifred Yvonne Zora
""".split()

MEN = """
Aaron Adrian Albert Alonzo Alvin Anton Arturo Basil Benedict Bernard Bruno Calvin Cedric Cesar Chester Clifford Clyde
Conrad Darnell Desmond Dexter Edgar Edmund Eduardo Elias Emmett Ernest Ezra Felix Fernando Floyd Franklin Frederick
Gilbert Gordon Graham Gustavo Harvey Hector Herbert Homer Horace Howard Hugo Irving Isaac Ivan Jerome Joaquin Julian
Kenji Lamar Lars Lawrence Leonard Lester Lionel Luther Malcolm Marcus Martin Maurice Milton Morris Nathan Neil Norman
Oscar Owen Pablo Percy Philip Quentin Ralph Ramon Raymond Rex Roland Roscoe Rudy Rufus Salvador Seth Silas Simon
Solomon Stanley Terrence Tobias Ulises Vernon Victor Vincent Wallace Warren Wendel Wilbur
""".split()

FAMILIES = """
Abbott Acosta Ahlgren Albrecht Alston Ames Appiah Archer Arsenault Ashford Atwater Bancroft Barlow Bassett Beaumont
Beckwith Bello Benavides Bergstrom Blackwood Blaine Boone Bouchard Bradshaw Brewster Briggs Brightwell Cabrera Calder
Callahan Carmichael Cates Chavarria Chen Clifton Coburn Cordero Coverdale Crane Cromwell Cutler Dahl Daniels Darby
Delgado Denby Dixon Doyle Drummond Duarte Eastman Eckhart Ellison Emery Espinoza Everett Fairbanks Falk Faulkner Finch
Fitzgerald Fleming Forrester Fuentes Gallegos Gaines Galloway Garner Gibbs Gilliam Glover Goodwin Granger Greer
Gunderson Haddad Hale Hammond Harwood Hastings Hathaway Hawkins Heller Hendricks Herrera Hobbs Holcomb Hollis Hoover
Huang Huerta Hutchins Ingram Irwin Jaramillo Jarvis Jensen Joyner Kaplan Keane Keller Kimball Kincaid Kirby Kowalski
Lafferty Lambert Landry Langley Larkin Latham Ledbetter Lindholm Locke Lomax Lozano Lundgren Macklin Madrigal Mancuso
Marsh Mather Mbeki McAllister McBride McKinnon Medina Mercer Merritt Montoya Moody Moreland Nakano Navarro Neville
Newberry Nguyen Norwood Novak Nunez Oakley Olsen Ortega Osborne Padilla Palmer Parrish Patel Paxton Pemberton Perkins
Petrov Pickett Pollard Porter Prescott Quigley Quintero Radcliffe Ramsey Redmond Reyes Rhodes Ridley Rojas Romano
Rutledge Salazar Sanderson Sawyer Schuster Sewall Shelton Sherwood Sinclair Skinner Sloan Solano Sorensen Spence
Stanton Starling Stokes Suarez Sutherland Swanson Tanaka Tate Thatcher Thurman Tipton Torrence Townsend Trevino Tucker
Underhill Valdez Vasquez Vickers Villa Wade Wagner Walcott Walden Walsh Warfield Watkins Weaver Webster Wheeler
Whitfield Whitley Wilder Winslow Wolcott Woodard Wyatt Yates York Zamora Zeller
""".split()

PLACE_FIRST = """
Alder Amber Anchor Arrow Ash Aspen Badger Bald Banner Barley Basin Bay Beacon Bear Beaver Beech Bell Birch Bishop Blue
Bluff Boulder Bramble Briar Bridge Bright Broad Buffalo Burnt Cane Canyon Carter Catalpa Cherry Chestnut Clay Clear
Clover Cold Copper Coral Corn Cotton Crane Crescent Crow Crystal Cypress Dawson Deep Deer Dogwood Dove Dry Dusty Eagle
East Echo Elder Elk Elm Ember Fair Falcon Fallow Fern Field Fisher Flat Fox Garnet Glass Golden Goose Granite Grass
Green Grove Gypsum Hale Hamlin Harper Hawk Hazel Heron Hickory Holly Honey Indigo Iron Ivory Jasper Juniper Keel
Kettle Lark Laurel Leaf Lilac Lime Linden Little Locust Lone Long Loon Maple Meadow Mercy Middle Mill Mint Misty Moss
Mulberry Nettle New North Oak Olive Orchard Otter Owl Painted Palm Pebble Pecan Pepper Persimmon Pigeon Pilot Plum
Poplar Prairie Quail Rabbit Raven Red Reed Robin Rock Rose Rush Rye Sable Sage Salt Sand Shady Shell Silver Slate
Smoke Snow South Spruce Star Steel Stone Sugar Summer Sun Swan Sweet Talbot Thistle Thorn Timber Trout Tulip Turkey
Turtle Twin Upper Violet Walnut Water West Wheat White Wild Willow Winter Wolf Wood Wren Yellow
""".split()

PLACE_SECOND = """
Bank Bay Bend Bluff Bottom Branch Bridge Brook Butte Cape Cove Creek Crossing Dale Fall Farm Field Flat Ford Forge Fork
Gap Glen Grove Harbor Haven Heath Heights Hill Hollow Island Junction Knoll Lake Landing Ledge Marsh Mesa Mill Mound
Narrows Neck Park Pass Point Pond Prairie Ridge Rapids River Run Shoals Shore Sound Spring Station Summit Trail Vale
View Village Wells
""".split()

STATES = """
Alabama Arkansas Colorado Georgia Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Michigan
Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont
Virginia Washington Wisconsin Wyoming
""".split()

NETWORKS = (
    "Leadership Network",
    "District Collaborative",
    "Education Cooperative",
    "Superintendents’ Exchange",
    "Principals’ Network",
    "Schools Partnership",
    "Regional Alliance",
    "Learning Consortium",
    "Council of School Leaders",
    "Improvement Network",
)

SUBJECTS = (
    "Keeping Good People",
    "Who Leads When the Leader Leaves",
    "Making Time for Instruction",
    "Reading What We Collect",
    "The Middle of the Building",
    "Families at the Front Desk",
    "Coaching That Outlives the Grant",
    "Small Districts, Long Roads",
    "What Visits Are For",
    "Sharing the Work",
    "Attendance and Trust",
    "The First Three Years",
    "Money That Ends",
    "Listening before Deciding",
    "Rules We Can Keep",
    "Teams That Meet",
    "Learning from One Another",
    "When Numbers Disagree",
    "The Bench",
    "Grading and Fairness",
)

# Words of one kind: each may stand for each other one of its line.
_ALIKE = """
secretary / custodian / counselor / librarian / nurse / receptionist / registrar / bookkeeper / clerk
secretaries / custodians / counselors / librarians / nurses / registrars / bookkeepers / clerks
coordinator / supervisor / specialist / consultant / liaison / facilitator / planner
colleague / neighbor / friend / partner / teammate
colleagues / neighbors / friends / partners / teammates
mentor / coach / tutor / adviser / trainer
mentors / coaches / tutors / advisers / trainers
hallway / lounge / cafeteria / gym / library / auditorium / courtyard / lobby / workroom
folder / drawer / binder / box / tray / envelope / closet
memo / letter / bulletin / circular / newsletter / flyer
log / calendar / schedule / spreadsheet / roster / register / diary / notebook
list / tally / inventory / directory
lists / tallies / inventories / directories
survey / questionnaire / poll / inquiry
meeting / session / conference / gathering / workshop
meetings / sessions / conferences / gatherings / workshops
mathematics / science / history / algebra / biology / geography / civics / chemistry
third / fourth / fifth / sixth / seventh / eighth / ninth / tenth
third-grade / fourth-grade / fifth-grade / sixth-grade / seventh-grade / eighth-grade
winter / spring / autumn / summer
morning / afternoon / evening
mornings / afternoons / evenings
month / term / quarter
money / funding / cash
parents / families / guardians / households
parent / guardian / grandparent
students / pupils / children / youngsters
student / pupil / child / youngster
kid / boy / girl
building / campus / schoolhouse
buildings / campuses / schoolhouses
rule / policy / guideline / protocol / procedure / regulation
rules / policies / guidelines / protocols / procedures
plan / proposal / scheme / outline / blueprint
plans / proposals / schemes / outlines / blueprints
problem / difficulty / puzzle / dilemma / challenge
problems / difficulties / puzzles / dilemmas / challenges
question / issue / topic
questions / issues / topics
bus / van / shuttle / minibus
desk / counter / workbench
complaint / grievance / objection / protest
complaints / grievances / objections / protests
agreement / arrangement / bargain / compact / accord
form / template / checklist / worksheet
forms / templates / checklists / worksheets
lesson / unit / exercise
lessons / units / exercises
visit / tour
visits / tours
walkthrough / observation
walkthroughs / observations
residency / apprenticeship / internship / fellowship
vacancy / vacant post / vacant seat
vacancies / vacant posts / vacant seats
job / position / role
jobs / positions / roles
committee / panel / council / commission
team / crew / circle
teams / crews / circles
figures / numbers / totals
reason / motive / excuse
reasons / motives / excuses
small / tiny / modest
careful / cautious / guarded / thoughtful / measured
blunt / frank / candid / outspoken
angry / furious / irritated
happy / pleased / glad / satisfied
tired / weary / exhausted / drained
hard / difficult / tough / demanding
good / strong / decent / solid
bad / poor / weak
short / brief / quick / hasty
slow / gradual / halting / unhurried
often / frequently
usually / normally / commonly / generally / ordinarily
mostly / largely / chiefly / mainly / primarily
slightly / somewhat / modestly / marginally
almost / nearly / practically / virtually
perhaps / maybe / possibly / conceivably
several / various / numerous
together / jointly / side by side
openly / publicly / frankly
twice / three times / four times / several times
really / truly / actually / honestly
noted that / observed that / remarked that / pointed out that / stressed that / added that / commented that
said that / stated that / reported that / explained that / mentioned that / declared that / replied that
argued that / maintained that / contended that / insisted that / claimed that
recalled / remembered / recollected
described / recounted / outlined / sketched / portrayed
conceded / acknowledged / admitted
stopped / quit / ceased / gave up
revealed / indicated / made plain
hired / recruited / employed / engaged
collected / gathered / compiled / assembled
adopted / approved / endorsed / ratified
presented / introduced / submitted
divided / split / parted
warned / cautioned / reminded
thinks / believes / feels / suspects
found that / discovered that / learned that / saw that
visited / toured / called on / dropped in on
promised / pledged / vowed
nobody / no one / not one person
everybody / everyone
somebody / someone
anybody / anyone
the principal / the head / the school’s head
the superintendent / the head of the district
the board / the trustees / the school board
teachers / instructors / educators / faculty members
principals / heads / school leaders / building leaders
she said. / she said quietly. / she told the group. / she remarked. / she recalled. / she answered. / she explained.
she said, / she said quietly, / she told the group, / she remarked, / she recalled, / she answered, / she explained,
he said. / he said quietly. / he told the group. / he remarked. / he recalled. / he answered. / he explained.
he said, / he said quietly, / he told the group, / he remarked, / he recalled, / he answered, / he explained,
"""

ALIKE = tuple(tuple(word.strip() for word in line.split(" / ")) for line in _ALIKE.strip().splitlines())

# Sentences of ours. In braces: what is drawn (a name, a place, a figure) or one of several wordings.
TOLD = (
    "{person} {drove|rode|walked|came} {over |back |}{from|to} {place} {on|one} {weekday}{s in the {fall|spring}| in "
    "{month}} to {see it|sit in|count them|hear the rest|ask about it}.",
    "{The|A|One} {letter|phone call|visit|note|complaint} from {person} {changed|settled|delayed|explained} {that|this|"
    "most of it}{, or so {place} believes|, at least in {place}| before {month} was over|}.",
    "{place} {pays|sends|spares|budgets for} {n} {hours|days|substitutes|dollars a head} {a year|each term|every "
    "quarter} {for it|toward this|on top}, {a {sum|figure|number} that {person} called {generous|thin|fair|a joke}|"
    "which {person} wants {doubled|stopped|counted again}}.",
    "{By|Before|After} {month} {n} {schools|teachers|parents|pupils|seats|files} {were left|had been dealt with|had "
    "changed hands|remained}{, {person} {reported|wrote|admitted}| in {place}|}.",
    "{Two|Three|Four|Five} {people|teachers|trustees|parents} {from|near|in} {place} {wrote to|stopped|telephoned|"
    "thanked|argued with} {person} {about it|that same week|on {weekday}|after the vote}.",
    "{When|Once|After} {person} {retired|was appointed|took over|fell ill} in {year}, {place} {kept|dropped|renamed|"
    "shortened|forgot} {it|the {list|visits|rule|form|{weekday} calls}}.",
    "{person} {calls|called} {it|this} “{a {door|bridge|mirror|crutch|favor|habit|detour}|{borrowed|honest|half the|"
    "somebody else’s} {time|work|trouble}},” {a phrase|words|a name} that {stuck|{place} took up|few liked}.",
    "{Nothing|Little|Much} of {this|that} {is|was} {written down|new|popular} in {place}{, where {person} has {led|"
    "taught|kept the books} since {year}|}.",
    "{The|Its} cost, ${thousands},{hundreds}{ in {year}| a year|}, {came|comes} {out of|from} {the {travel|textbook|"
    "library|summer} {line|fund|budget}|what {place} {saved|returned|had left}}.",
    "{In|Through|During} {month} {person} {read|sorted|copied|collected} {n} {of them|letters|answers|slips|pages}, "
    "{alone|with {person}|at the {kitchen|library|board} table} {in {place}|until late|twice over}.",
    "{person} of {place} {asked|wanted to know|wondered} {who would pay for it|how long it had taken|what it had "
    "replaced|what the staff thought of it}.",
    "{By|In|Since} {month} {year} the {share|figure|number} stood at {n} percent, against {n} percent in {place}.",
    "{person}, {a principal|a board member|a teacher|a business manager|a department chair} from {place}, "
    "{did not agree|was not convinced|had seen the opposite|asked for the figures}.",
    "“{We counted|I counted|They counted} {n} of them in {month},” {said|recalled|answered} {person} of {place}, "
    "“and {nobody had asked for one|we had expected half as many|not one was finished|I kept every one}.”",
    "{The matter|This|The point} {comes back|is to be raised again|was put off} {in|until} {month}, "
    "when {person} {reports|returns from {place}|has the figures}.",
    "{Staff|Teachers|Parents|Visitors} from {place} {had tried the same|had heard this before|took notes} "
    "{in|since} {year}, {person} {said|added|remembered}.",
    "{person} {keeps|has kept|found} {a list of|letters from|notes on} {n} {families|teachers|visits|classrooms} "
    "{from|in|near} {place}.",
    "{In|Around} {place} {the same thing|much the same} took {n} weeks and cost ${thousands},{hundreds}, "
    "by {person}’s {account|count|estimate}.",
    "{One|A|Another} {principal|teacher|superintendent|counselor} from {place} put it {this way|more sharply|"
    "differently}: “{person} {listened|came back|wrote it down}, and {that was new|nobody before had|it took until "
    "{month}}.”",
    "{Of|Among} the {n} {people|members|schools} {asked|counted|heard}, {few|most|about half} {were from|knew} "
    "{place}, and {person} was {one of them|not among them|the last to answer}.",
    "It was {person} who {noticed|objected|first wrote it down}, {in|one afternoon in} {month} {year}, "
    "{on the way to|after a day in|in a letter to} {place}.",
    "{Whether it will last|What follows from it|Who will keep it up} is {open|not settled|another matter}; "
    "{person} {gives it until|will know in|expects an answer by} {month}.",
)
SPOKEN = (
    "{My|Our|The} {neighbor|brother|old boss|predecessor}, {person}, {used to say|says|told me} {you {count|lose|owe} "
    "{it|them|one} {twice|in {month}|on a {weekday}}|that’s {place} for you|{n} is plenty}.",
    "{I’d|I had|We’d} {been|come} {to|from} {place}, {what, {n} miles|all of {n} days before|in {month}}, "
    "{and it’s the same there|and nobody waits there|so I knew}.",
    "{We|They|I} {tried|did|sent|kept} {n} of ’em {in {month}|that {weekday}|with {person}|at {place}}, {and that was "
    "it|and nobody blinked|and I’d do it again|no, more}.",
    "{It|That} {took|cost us|was} {n} {weeks|calls|signatures|dollars} and {person} {yelling|crying|laughing|on the "
    "phone} {about {place}|half of {month}|every {weekday}}.",
    "{Not|Nothing} like {place}, {though|mind you|thank goodness}, {where|where} {person} {had {n} of them|quit in "
    "{month}|never did hear}.",
    "{Over at|At|Out in} {place} {they had|there were} {n} of those, {I think|if you ask me|last I heard}.",
    "{person} {told me|said to me|warned us} the same thing, back in {month}.",
    "{And|So} {I went to|I called|I wrote to} {person} {about it|that week}, and {we ended up|she had us|it came down "
    "to} {counting them|reading all {n} of them|sitting in {place} until dark}.",
    "{You can ask|Ask} {person}, {she was|he was|they were} in {place} {that year|in {year}|until {month}}.",
    "{It was|That was} {month}, {maybe|I want to say} {n} of us, in {place}.",
    "{We lost|We got} {n} {of them|people|families} to {place} {over it|that spring|in one summer}.",
)
OPENERS = (
    "In {month} {year}, ",
    "In {place}, ",
    "According to {person}, ",
    "As {person} told it, ",
    "In the account from {place}, ",
    "For {place}, ",
    "By {month} of {year}, ",
    "As far as {person} could tell, ",
)
TAILS = (
    " ({place})",
    ", as in {place}",
    " (since {year})",
    ", {person} says",
    " (by {month})",
    ", or so {person} thinks",
)
OPENERS_SPOKEN = ("Back in {month}, ", "At {place}, ", "Like {person} says, ", "With {person} there, ", "In {year}, ")

# Names in the examples that are exchanged for those above.
SOURCE_WOMEN = """
Ada Amanda Ana Ann-Marie Beatrix Bernadine Bev Camille Colleen Corinne Dee Delphine Gillian Glenda Gwen Harriett Ingrid
Jeanette Joan Josie Joss Lena Lorna Lorraine Lucille Lydia Lynn Mai Marguerite Marisol Mei-Ling Mireille Noelle Noreen
Oluchi Opal Patrice Philippa Renata Rosalind Ruth Ruthanne Tamsin Teri Tess Verna Ximena Xochitl Yolanda
""".split()
SOURCE_MEN = """
Abel Alford Amos Andre Anselm Carl Cornelius Curtis Cyrus Dale Dominic Edison Ellery Gerald Gil Heber Hollis Idris
Jordan Kou Kwame Leland Leon Leopold Lyle Nikolai Otis Peter Rafael Rob Ruben Sam Tadeo Teodoro Theo Tomasz Wade Walt
""".split()
SOURCE_FAMILIES = """
Abara Abendroth Abernathy-Vogt Achterberg Aldous Amari Amundsen Arceneaux Askew Averill Bannerman Baptiste Barrientos
Batchelder Brandt Brandt-Reyes Brandvold Bratvold Broussard Castellaw Dasgupta-Lyle Delacroix Dunleavy Etcheverry
Farrow Fensterwald Ferrante Fessenden Fontaine Frye Garrick Gentry Holloway-Munn Ibarra Kell Kessel Kettering Kewley
Koss Krügerhoff Lindqvist Lisk Lucero Maddox Maddox-Hale Manyfeathers Nakamura-Cole O’Dell-Pruett Ochs Odell Oduya
Ofori-Banks Okafor Okonjo-Reiss Orcutt Ostrander Pell Pettiford Picou Pratt Prosser Pruitt Quarles Rainwater Renner
Rosales-Tun Rousset Ruiz-Holloway Simms Solheim Spruill Stadtler Stamps Stavros Stoddard Stroud Szymczak Teague
Thackeray Thao Tolbert Tollefsen-Byrd Tolley Tolliver-Speight Uchida Vance Vang Venable Villaseñor Weir Wendell
Whitcomb Yarrow Yazzie-Carver
""".split()
_PLACES = """
Alder Fork / Ammon Ridge / Antler Wells / Bayou Lane / Bellweather / Big Juniper / Breckmoor City / Buckhorn Valley
/ Caddo Prairie / Calloway Ridge / Camas Lake / Cape Merrow / Carrow / Castor Creek / Cedar County / Cold Ferry /
Corliss / Corrotaw / Dunning Point / Flint Valley / Gulf Plains / Gull Harbor / Halvorsen / Harriet Pell / Harrow
Point / High Plains / Kestrel River / Kitchen Table / Lakeshore / Lanier Sound / Larkspur / Lindgren / Lower Pine /
Lower Tamsey / Ludlow Fork / Marl Landing / Marlow Springs / Marrow / Marsh Haven / Merrow / Netherby / Orrin /
Ostrander Bay / Pelican Neck / Penfield Bottoms / Pilot House / Pinder / Pine Hollow / Platte Ridge / Port Ambrose /
Port Ansell / Port Meridian / Quarry Mills / Quillan Falls / Riverbend / Saint Orrin / Saline Fork / Sandoval Butte
/ Sawtooth Flats / Sedge Landing / Sound Harbor / Stannard / Stevens Landing / Sycamore / Tamarack Falls / Tamarack
Union / Teller Bay / Tidewater / Tolley Island / Tri-Harbor / Tri-Lakes / Twin Basins / Wheatgrass
"""
SOURCE_PLACES = tuple(" ".join(_PLACES.split()).split(" / "))

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday".split()
NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six twenty-seven twenty-eight
twenty-nine thirty
""".split()

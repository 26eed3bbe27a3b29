"""The words that tell a person: roles, titles, forms of address, given names, and what makes a name one of a place."""

import re
from typing import Literal

Gender = Literal["m", "f"]

ROLE_HEADS = frozenset(
    """
    pupil grandson granddaughter brother sister administrator adviser advisor advocate aide alum alumna alumnus
    analyst architect artist assistant attendee attorney aunt author baker broker builder captain carpenter ceo chair
    chairman chairperson chairwoman chancellor chaplain chief clerk coach colleague commissioner consultant contractor
    coordinator councilman councilmember councilwoman counselor counsellor critic custodian daughter dean delegate
    demographer deputy designer developer director doctor driver economist editor educator electrician employee
    engineer evaluator executive expert facilitator faculty farmer father fellow founder gardener graduate grader
    guest governor grandfather grandmother grandparent guardian head historian husband individual inspector instructor
    interventionist interviewee interviewer investigator janitor journalist judge lawyer lawmaker leader learner
    lecturer lead librarian liaison linguist manager mechanic mediator member mentor moderator mother neighbor
    neighbour nurse observer officer official organiser organizer owner panelist panellist paraprofessional parent
    participant partner pastor pediatrician person pharmacist physician planner plumber policymaker practitioner
    presenter president principal professor provost psychologist rabbi receptionist registrar representative
    researcher resident respondent reviewer scholar scientist secretary senator senior sociologist son specialist
    speaker spokesman spokesperson spokeswoman staffer statistician strategist student superintendent supervisor
    supporter survivor teacher technician teenager therapist trainee trainer translator treasurer trustee tutor uncle
    undergraduate veteran visitor volunteer widow wife woman man girl boy worker writer reporter mayor legislator
    minister caretaker groundskeeper bursar host paraeducator priest vicar bishop nun imam sheriff firefighter
    accountant auditor bookkeeper dietitian negotiator intern apprentice steward archivist curator cashier
    ombudsman monitor alderman selectman regent matron porter foreman
    headteacher headmaster headmistress junior sophomore freshman newcomer interpreter cook
    """.split()
)


def _plural(head: str) -> str:
    if head in {"person", "wife"}:
        return {"person": "people", "wife": "wives"}[head]
    for end, plural in (("man", "men"), ("ch", "ches"), ("sh", "shes"), ("ss", "sses")):
        if head.endswith(end):
            return head.removesuffix(end) + plural
    return re.sub(r"(?<=[^aeiou])y$", "ie", head) + "s"


PLURAL_ROLES = {_plural(head): head for head in sorted(ROLE_HEADS)}
TITLE_WORDS = ROLE_HEADS | frozenset(
    """
    academic acting area associate board branch budget bus business campus central chief city communications community
    curriculum deputy district elementary equity executive federal finance former general grade graduate head high
    human information instruction instructional interim kindergarten lead lieutenant literacy math middle network
    nutrition operating operations personnel policy program programme project regional research resources retired
    school science senior special state technology transportation union vice data of and for
    """.split()
)
PRONOUNS = frozenset("he she they i we".split())
NUMBERS = "two three four five six seven eight nine ten eleven twelve"
VAGUE = frozenset(
    f"one another others other some many several most both someone somebody first second third {NUMBERS}".split()
)
DETERMINERS = frozenset("the a an our his her their its this that one twenty".split())
QUALIFIED = frozenset("assistant associate deputy vice former acting interim".split())
"""Words that make another office of one: an assistant principal is not the principal."""

ADDRESS: dict[str, Gender | None] = {
    "Mr": "m", "Mrs": "f", "Ms": "f", "Miss": "f", "Sir": "m", "Dame": "f", "Lady": "f", "Lord": "m", "Herr": "m",
    "Frau": "f", "Madame": "f", "Father": "m", "Sister": "f", "Brother": "m", "Mx": None, "Dr": None, "Prof": None,
    "Rev": None, "Sr": None, "Hon": None, "Sen": None, "Rep": None, "Gov": None, "Supt": None, "Capt": None,
    "Sgt": None, "Rabbi": None,
}  # fmt: skip
_WOMEN: Gender = "f"
_MEN: Gender = "m"
GENDERED_ROLES = dict.fromkeys(
    """mother grandmother woman girl alumna chairwoman councilwoman spokeswoman wife widow daughter aunt
    headmistress""".split(),
    _WOMEN,
) | dict.fromkeys(
    """father grandfather man boy alumnus chairman councilman spokesman husband son uncle headmaster""".split(), _MEN
)

_GIVEN_F = """
Philippa Soraya Mireille Bronwyn Fatuma Leilani Ngozi Nkechi Farah Birgit Regula Friederike Annegret Elspeth Wanjiru
Yusra Aoife Siobhan Niamh Chiara Giulia Noor Amal Hana Keiko Yuki Akiko Sakura Ming Lan Thuy Linh Mai Anjali Deepa
Neha Pooja Sunita Shreya Aditi Divya Adaeze Chioma Ifeoma Folake Yetunde Abena Akosua Efua Zanele Thandiwe Nomsa Rania
Salma Samira Yara Zahra Oksana Irina Natalia Ludmila Agnieszka Katarzyna Magdalena Zofia Hedwig Ilse Ute Sabine Renate
Heike Anneliese Lucienne Odette Colette Genevieve Marguerite Solange Rosalie Lucille Dolly Opal Ruthanne Adriana
Araceli Blanca Estela Graciela Maricela Rocio Socorro Xiomara Bea Jolene Kaitlyn Makayla Mackenzie Madison Bailey
Abigail Ada Adele Agnes Aisha Alba Alexandra Alice Alicia Alison Allison Amanda Amara Amber Amelia Amina Amy Ana
Andrea Angela Anita Ann Anna Anne Annette Annie April Ariana Ashley Astrid Aurora Ava Barbara Beatrice Beatriz Becky
Bella Bernadette Bernice Beth Bethany Bettina Betty Beverly Bianca Bonnie Brenda Briana Bridget Camila Camille Candace
Carla Carmen Carol Carolina Caroline Carolyn Cassandra Catherine Cecilia Celeste Celia Charlotte Cheryl Chloe
Christina Christine Claire Clara Claudia Colleen Concepción Connie Constance Consuelo Cora Corinne Courtney Crystal
Cynthia Daisy Danielle Daphne Dawn Deborah Debra Deirdre Delia Delphine Denise Destiny Diana Diane Dolores Donna Dora
Doris Dorothy Ebony Edith Eileen Elaine Eleanor Elena Elise Elizabeth Ella Ellen Eloise Elsa Emily Emma Erica Erin
Esperanza Estelle Esther Eunice Eva Evelyn Faith Fatima Fatou Felicity Fiona Florence Frances Francesca Freya Gabriela
Gail Geraldine Gillian Gina Ginny Gladys Glenda Gloria Grace Greta Gretchen Guadalupe Gwen Hannah Harriet Hazel
Heather Heidi Helen Helena Helga Henrietta Hilda Holly Hope Ida Imani Imelda Imogen Ines Inés Ingrid Irene Iris Isabel
Isabella Ivy Jacqueline Jada Jane Janelle Janet Janice Jasmine Jean Jeanette Jeanne Jennifer Jenny Jessica Jill Jo
Joan Joanna Joanne Josefina Josephine Joy Joyce Juana Juanita Judith Judy Julia Juliana Julie June Karen Karin Kate
Katherine Kathleen Kathryn Kathy Katie Kavita Kayla Keisha Kelly Kendra Kim Kimberly Kirsten Kristin Ladonna Lakeisha
Lakshmi Latoya Laura Lauren Laverne Leah Leila Lena Leona Leticia Lily Linda Lindsay Lisa Liz Lois Lola Lorena Loretta
Lorraine Lottie Louise Lourdes Lucia Lucy Luisa Luz Lydia Lynn Mabel Madeline Mae Maggie Maisie Malia Marcia Margaret
Margarita Maria María Mariana Marie Marilyn Marina Marion Marisol Marjorie Marlene Marsha Marta Martha Mary Maureen
Maya Megan Mei Melanie Melissa Mercedes Meredith Mia Michelle Mildred Millie Mina Miriam Molly Mona Monica Monique
Muriel Myra Myrtle Nadia Nadine Nancy Naomi Natalie Nicole Nina Noelle Nora Norma Octavia Odessa Olga Olive Olivia
Ophelia Paige Pamela Patricia Paula Pauline Pearl Peggy Penelope Petra Phyllis Pilar Polly Priscilla Priya Rachel
Ramona Rebecca Regina Renata Renee Rhonda Rita Roberta Robin Rochelle Rosa Rosalind Rosario Rose Rosemary Rosie
Roxanne Ruby Ruth Sabrina Sadie Sally Samantha Sandra Sara Sarah Selena Serena Shanice Shannon Sharon Sheila Shelby
Sheryl Shirley Silvia Simone Sofia Soledad Sonia Sonja Sophia Sophie Stacy Stella Stephanie Sue Susan Suzanne Svetlana
Sybil Sylvia Tabitha Tamara Tamika Tammy Tanisha Tanya Tara Teresa Tessa Thelma Theresa Thea Tiffany Tina Toni Tonya
Tracy Trinity Trisha Trudy Uma Una Ursula Valentina Valeria Valerie Vanessa Vera Verna Veronica Vicki Victoria Violet
Virginia Vivian Wanda Wendy Whitney Wilhelmina Willa Wilma Winifred Ximena Yasmin Yesenia Yolanda Yvette Yvonne Zainab
Zelda Zoe
"""
_GIVEN_M = """
Rajesh Sanjay Vijay Arjun Rohan Anil Sunil Ravi Suresh Amit Deepak Kwabena Kofi Chidi Emeka Obi Tunde Babatunde Sipho
Thabo Mandla Yaw Idrissa Mamadou Ousmane Cheikh Tomasz Piotr Pavel Mikhail Sergei Alexei Bogdan Dmitry Lech Grigor
Yousef Yasin Bilal Faisal Nabil Samir Karim Rafiq Tarek Hamid Reza Cyril Cormac Declan Eoin Seamus Padraig Callum
Alasdair Hamish Angus Ewan Gareth Rhys Giles Ignatius Luca Matteo Giovanni Paolo Enzo Matthias Jürgen Klaus Wolfgang
Dieter Friedrich Heinrich Gunther Lukas Jens Anders Bjorn Henrik Mikkel Soren Erland Kenji Takashi Hiro Satoshi Wei
Jun Hao Minh Duc Kazuo Darrell Grady Homer Colin Emil Emiliano Gustavo Leandro Osvaldo Rigoberto Thaddeus Winfield
Homero Zeke Jedidiah Lamont DeShawn Deshawn Jermaine Tyrell Marquis Antwan Rasheed Kwesi Desta Tesfaye Abebe Aaron
Abdul Abel Abraham Adam Adrian Ahmed Alan Albert Alberto Alec Alejandro Alex Alexander Alfred Ali Allan Allen Alonzo
Alvin Amir Amos Andre Andrés Andrew Andy Angel Anthony Antonio Antoine Archie Armando Arnold Arthur Arturo Austin
Barry Basil Ben Benjamin Bernard Bill Bob Bobby Brad Bradley Brandon Brendan Brent Brett Brian Bruce Bryan Byron Caleb
Calvin Cameron Carl Carlos Carlton Cecil Cedric Cesar César Chad Charles Charlie Chester Chris Christian Christopher
Clarence Claude Clay Clifford Clinton Clyde Cody Connor Conrad Cornelius Craig Curtis Cyrus Damian Damon Dan Daniel
Danny Darius Darnell Darren Dave David Dean Delbert Dennis Derek Derrick Desmond Devin Dexter Diego Dirk Dmitri
Dominic Don Donald Donovan Doug Douglas Duane Duncan Dustin Dwayne Dwight Earl Eddie Edgar Edmund Eduardo Edward Edwin
Eli Elias Elijah Elliot Elliott Elmer Emilio Emmanuel Enrique Eric Erik Ernest Ernesto Ethan Eugene Evan Everett Ezra
Felipe Felix Fernando Floyd Francis Francisco Frank Franklin Fred Frederick Gabriel Garrett Gary Gene Geoffrey George
Gerald Gerard Gil Gilbert Glen Glenn Gordon Graham Grant Greg Gregory Guillermo Gus Guy Hal Hank Hans Harlan Harold
Harry Harvey Hassan Hector Héctor Henry Herbert Herman Hiroshi Horace Howard Hugh Hugo Hussein Ian Ibrahim Idris
Ignacio Igor Isaac Isaiah Ismael Ivan Jack Jackson Jacob Jaime Jake Jamal James Jared Jason Javier Jay Jeff Jeffrey
Jeremiah Jeremy Jerome Jerry Jesse Jesús Jim Jimmy Joaquín Joe Joel John Johnny Jon Jonah Jonathan Jorge José Jose
Joseph Josh Joshua Josiah Juan Julian Julio Julius Justin Kareem Karl Keith Ken Kenneth Kent Kevin Khalid Kirk Kurt
Kwame Kyle Lamar Lance Larry Lars Lawrence Lee Leo Leon Leonard Leroy Lev Levi Lewis Liam Lionel Lloyd Logan Lorenzo
Louis Lowell Lucas Luis Luke Luther Malcolm Malik Manuel Marco Marcos Marcus Mario Mark Marshall Martin Marvin Mateo
Matt Matthew Maurice Max Maxwell Melvin Michael Miguel Mike Miles Milton Mitchell Mohamed Mohammed Morgan Morris Moses
Muhammad Nate Nathan Nathaniel Neal Ned Neil Nelson Nicholas Nick Nigel Noah Noel Norman Oliver Omar Orlando Oscar
Otis Otto Owen Pablo Patrick Paul Pedro Percy Perry Pete Peter Phil Philip Phillip Pierre Preston Quentin Rafael Ralph
Ramiro Ramon Ramón Randall Randy Rashid Raul Raúl Ray Raymond Reggie Reginald Rex Ricardo Richard Rick Rob Robert
Roberto Rocco Rodney Roger Roland Rolf Roman Ron Ronald Ross Roy Ruben Rubén Rudolph Rudy Rufus Rupert Russell Ryan
Salvador Sam Samuel Santiago Saul Scott Sean Sebastian Sergio Seth Shane Shawn Sidney Silas Simon Solomon Spencer Stan
Stanley Stefan Stephen Sterling Steve Steven Stewart Stuart Sven Tariq Ted Terrence Terry Theo Theodore Thomas Tim
Timothy Tobias Todd Tom Tomás Tommy Tony Travis Trent Trevor Troy Tyler Tyrone Ulrich Vernon Victor Vikram Vincent
Virgil Vladimir Wade Walter Warren Wayne Wendell Wesley Wilbur Will Willard William Willie Winston Wyatt Xavier Yusuf
Zachary Zane
"""
GIVEN_NAMES: dict[str, Gender] = dict.fromkeys(_GIVEN_F.split(), _WOMEN) | dict.fromkeys(_GIVEN_M.split(), _MEN)

ORGANIZATION_WORDS = frozenset(
    """
    Academy Administration Agency Alliance Association Authority Board Bureau Campus Center Centre Charter Church City
    Club Coalition Collaborative College Commission Committee Community Company Congress Consortium Corporation
    Council County Department District Education Elementary Federation Foundation Fund Group High Hospital House Inc
    Initiative Institute ISD Laboratory League Library Magnet Media Middle Ministry Montessori Museum Network Office
    Organization Parish Partners Partnership Party Prep Press Primary Program Programme Project Registry School
    Schools Secondary Section Senate Service Services Society System Teachers Team Township Trust Unified Union
    University
    """.split()
)
NOT_NAMES = ORGANIZATION_WORDS | frozenset(
    """
    January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday Spring Summer Autumn Fall Winter Street Avenue Road Lane Drive Boulevard Highway
    River Lake Valley Hills Springs Heights Island Mountain Bay Creek Beach Act Bill Code Policy Plan Report Title
    Room Table Figure Chapter Appendix Grade Day Week Year Meeting Summit Conference Session Award Prize Test English
    Spanish Math Algebra Science History American Black Latino Hispanic White Asian Native Common Core State States
    United New North South East West Northern Southern Eastern Western Central Thanks Yes No Here There Problem
    Practice Item Public Comment Call Order Minutes Motion Present Absent Also
    """.split()
)
STARTERS = frozenset(
    """
    Staff Families Everyone Everybody Someone Somebody Children Kids People Board Council Committee Critics Others A
    According After All Also Although An And Another Any As Asked At Because Before Besides Both But By During Each
    Earlier Even Every Few Finally For From He Her Here His How However I If In Instead It Its Last Later Like Many
    Maybe Meanwhile More Most Much My Neither Next No Nor Nobody Not Now Of On Once One Only Or Our Over Perhaps Said
    She Since So Some Soon Still Such Than That The Their Then There These They This Those Though Three Through To
    Today Two Under Unlike Until Was We Were What When Where Whether Which While Who Why With Without Yesterday Yet
    You Your Says
    """.split()
)
STATES = (
    frozenset(
        """
        Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois
        Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri
        Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Washington
        Wisconsin Wyoming Canada Quebec Ontario England Scotland Wales Ireland France Germany Austria Switzerland Lyon
        Graz London Paris Berlin Vienna Australia Chicago Boston Houston Dallas Denver Seattle Atlanta Detroit
        Philadelphia Baltimore Memphis Mexico Japan China India Finland Sweden Norway Denmark Netherlands
        """.split()
    )
    | {f"New {name}" for name in ("Hampshire", "Jersey", "Mexico", "York", "Zealand", "Orleans")}
    | {f"{side} {name}" for side in ("North", "South") for name in ("Carolina", "Dakota")}
    | {"Rhode Island", "West Virginia", "Los Angeles", "San Francisco", "San Diego"}
)
"""Places that are no organisation: "a colleague from Ohio" leaves it open."""


def is_role(word: str) -> bool:
    """Whether a word, singular or plural, says what a person does."""
    return word.lower() in ROLE_HEADS or word.lower() in PLURAL_ROLES

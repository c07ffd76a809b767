"""Given names frequent where the five languages are spoken, as `text.fold` leaves them.

For telling a person from a word where nothing else does ("hi mark where is it"). Names that are an
everyday word as well stand in `DOUBTFUL` and count only beside a greeting or a signature."""

from __future__ import annotations


def words(listed: str) -> frozenset[str]:
    """A set out of words with spaces between them."""
    return frozenset(listed.split())


NAMES = words("""
adam alan albert alex alexander alexandra alice alicia amanda amy andrew andy angela ann anna anne
anthony ashley barbara benjamin beth betty brandon brian caroline catherine charles charlotte
chloe chris christian christina christine christopher claire craig daniel danny dave david deborah
dennis diana dominic donna dorothy doug dylan edward eleanor elena elizabeth ella ellie emily emma
eric erik ethan eva evelyn fiona frances gareth gary george gemma graham greg gregory hannah harriet
harry heather helen henry holly hugh ian isabella isla jacob jake james jamie jane janet jason jean
jennifer jenny jeremy jessica jill jim joan joanna joe john jonathan jordan joseph josh joshua julia
julian julie justin karen kate katherine kathleen katie keith kelly ken kenneth kerry kevin kyle
larry laura lauren leo lewis liam linda lisa logan louis louise lucas lucy luke lynn margaret maria
marie martin mary matt matthew maya megan melanie melissa michael michelle mike mia michal mohammed
molly muhammad nancy natalie natasha nathan neil nicholas nick nicola nicole nigel noah nora oliver
olivia oscar owen pamela patricia patrick paul paula peter phil philip poppy rachel ralph rebecca
richard rob robert roger ronald ross russell ruth ryan sally sam samantha samuel sandra sara sarah
scott sean sharon shaun simon sophia sophie stacey stanley stella stephanie stephen steve steven
stuart sue susan suzanne sylvia teresa terry theo thomas tim timothy tina toby tom tommy tony tracy
valerie vanessa veronica victor victoria vincent virginia walter wayne wendy william zoe

александр александра алексей алена алина алиса алла анастасия анатолий ангелина андрей анжела анна
антон антонина аня арина аркадий арсений артем артур богдан борис вадим валентин валентина валерий
валерия варвара василий василиса вася виктор виктория виталий влад владимир владислав владислава
вова всеволод вячеслав галина геннадий георгий глеб григорий даниил данил даниила даша дарья денис
диана дима дмитрий ева евгений евгения егор екатерина елена елизавета жанна захар зинаида зоя иван
игорь илья инна ирина ира карина катя кира кирилл клавдия константин костя кристина ксения лариса
леонид лена лидия лиза людмила люба макар максим маргарита марина мария маша матвей милана михаил
миша надя настя наталия наталья наташа никита николай нина оксана олег олеся ольга оля павел паша
петр петя полина раиса регина рита родион роза руслан светлана святослав семен сергей серега слава
снежана соня софия софья станислав степан стас тамара таня таисия татьяна тимофей тимур ульяна федор
филипп эдуард элина эльвира юлия юля юрий яна ярослав

abdullah adem ahmet ali alper arda arzu asli asuman aylin ayse aysegul aysun ayten aziz bahar banu
baran batuhan begum berat berk berkay betul beyza birgul bilal buket burak burcu busra cagla cansu
cem cemal cemile cengiz ceren ceyda cigdem derya didem dilara dilek ebru ece ekrem elif emel emin
emine emrah emre ender enes engin ercan erdem erdogan eren erhan erkan ersin esma esra eylul eymen
fatih fatma feride ferhat figen filiz fikret funda furkan gamze gizem gokhan gonca gulay gulcan
gulsah gulsum hakan halil halime haluk hamza handan hande hasan hatice havva hilal huseyin ibrahim
ilhan ilker irem irfan ismail kaan kadir kemal kenan kerem koray kubra kursat leyla mahmut mehmet
melek melike melis meltem meral merve mert mesut metin mine muammer muhammet murat musa mustafa
nazli necla nergis nesrin nihal nilay nilgun nurcan nuray omer onur orhan osman ozan ozge ozgur
ozlem pelin pinar rabia ramazan recep rukiye sabri salih seda sedat sefa selcuk selim selin selma
semra serap serdar serhat serkan servet sevgi sevil sevim sibel sinem suleyman sultan tarik tayfun
tolga tugba tugce tuncay turgut ufuk ugur umit volkan yasemin yasin yavuz yildiz yusuf zafer zehra
zeynep

agnese agris aiga aigars aija aivars alise ance andis andris anete anita annija antra armands arnis
artis artjoms arturs arvids astrida atis baiba beate biruta daiga daina dace dainis diana dzintars
dzintra edgars edite egils eduards elina elza emils ernests evija gatis gints girts guna guntars
guntis gundega gustavs ilga ilgvars ilona ilvija ilze imants inara indra inese inga ingrida ingus
ivars ivo ieva iveta janis juris jana jekabs jelena jolanta kalvis karina karlis kaspars katrina
kristaps kristiana kristine krists krisjanis laila lauris lelde liene ligita linda lolita maija
madara maris martins marika matiss mihails modris monta nauris nikola normunds oskars olegs oskars
ozols peteris raimonds raivis ralfs raitis ritvars ritma roberts rihards rudolfs sabine samanta
sandra sandis santa sanita sergejs signe sintija solvita svetlana tatjana toms uldis valdis valters
vija viesturs vilnis vineta vita zane zigmars zigrida

adrian agata agnieszka aleksander aleksandra alicja aneta andrzej anastazja antoni arkadiusz artur
bartek bartlomiej bartosz beata blazej bogdan bogumil bozena cezary czeslaw damian danuta dariusz
daria darek dawid dominik dominika dorota edyta elzbieta eliza emilia ewa ewelina filip franciszek
gabriela grazyna grzegorz halina hanna helena henryk hubert igor ilona irena iwona izabela jacek
jadwiga jakub jaroslaw jan janina janusz jerzy joanna jolanta jozef julian justyna kacper kamil
kamila karol karolina kasia katarzyna kazimierz kinga klaudia konrad krystian krystyna krzysztof
krzysiek kuba lech leszek lidia lukasz maciej maciek magda magdalena malgorzata malwina marcel
marcin marek mariola mariusz marta marzena mateusz michal mieczyslaw mikolaj milena milosz miroslaw
monika natalia nikodem norbert ola oliwia oliwier olga patrycja patryk paulina pawel piotr piotrek
przemek przemyslaw radek radoslaw rafal renata robert roman ryszard sebastian slawomir stanislaw
stefan sylwia szymon tadeusz teresa tomasz tomek tymon urszula wanda waldemar weronika wieslaw
wieslawa wiktor wiktoria witold wladyslaw wlodzimierz wojciech wojtek zbigniew zdzislaw zofia
zuzanna zygmunt
olga irina sergey dmitry vladimir ekaterina tatiana natalya nikolay mikhail ivan oleg yulia svetlana
""")

DOUBTFUL = words("""
amber april august bill bob carol dawn drew eve faith florence frank gene grace grant hope
iris ivy jack jade jasmine jay joy june kim lee lily luna mark nat pearl penny ray rich
rose ruby sky sonny sunny victor violet wade вера лев любовь марк надежда роман слава яна
baris deniz derya ferah gul gunes guven kaya kivanc mavi nur nuri ozan sena sevda toprak umut
yagmur yigit zeki aija dzintars laima liga laura maris ruta zeme bogna kalina
""")

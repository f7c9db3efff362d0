/**
 * Words for a passphrase that is written down and typed again: short, without umlauts. Twelve of them, each drawn by itself from
 * all, are 94 bits.
 */
export const kitWords: readonly string[] = `
abend acker adler ahorn alarm allee ameise amsel anker apfel april armband arzt asche ast atlas auge august axt bach backe bad
bahn balken balkon ball band bank bart baum becher beere berg besen beton bett beutel biber biene bild birke birne blatt blech
blitz block blume boden bogen boje boot brett brief brille brot bruder brunnen buch bucht bude bus busch butter dach dachs dame
dampf datum daumen decke deich diele distel docht donner dorf dorn dose drache draht drossel dung ebbe echo ecke efeu eiche eimer
eis elch elster ente erbse erde erle ernte esche esel eule fabel faden fahne falke farbe farn fass feder feige feld fels fenster
ferse feuer fichte filz finger fink fisch flagge fleck flieder floh flur fluss forelle frosch frucht fuchs funke gabel galerie
gans garbe garten gast gaul geige gemse gepard gerste gewicht giebel gips glas gleis glocke gold graben gras griff grille grotte
gurke gurt haar hafen hagel hahn haken halle halm hammer hand harfe hase haus hecht hecke heft heide helm hemd henne herbst herd
herz heu himmel hirsch hobel hof holz honig hopfen horn hose huf hummel hund hut igel imker insel jacke jagd januar juli juni
kabel kachel kaffee kahn kalb kamin kamm kanal kanne kante kappe karte kasten katze kegel keks kelle keller kerze kessel kette
kiefer kies kind kino kirsche kissen kiste klee klinke knopf knoten koch koffer kohl korb korn kran kranz kraut
`
  .trim()
  .split(/\s+/);

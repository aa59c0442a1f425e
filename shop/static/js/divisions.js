/* Offers cities of the chosen province, and districts of the city, while typing. The fields work without it. */

function listFor(input) {
  const list = document.createElement("datalist");
  list.id = `${input.id}-list`;
  input.after(list);
  input.setAttribute("list", list.id);
  return list;
}

function offer(list, names) {
  list.replaceChildren(...names.map((name) => new Option(name, name)));
}

async function start(province) {
  const form = province.form;
  const city = form.elements.city;
  const district = form.elements.district;
  const cities = listFor(city);
  const districts = listFor(district);
  const answer = await fetch("/divisions?lang=zh");
  const tree = await answer.json();

  const offerDistricts = () => offer(districts, tree[province.value]?.[city.value] || []);
  const offerCities = () => {
    const names = Object.keys(tree[province.value] || {});
    offer(cities, names);
    offerDistricts();
    return names;
  };
  province.addEventListener("change", () => {
    const names = offerCities();
    if (!names.includes(city.value)) {
      city.value = names.length === 1 ? names[0] : "";
      district.value = "";
    }
    offerDistricts();
  });
  city.addEventListener("input", offerDistricts);
  offerCities();
}

for (const province of document.querySelectorAll("select[name=province]")) {
  start(province).catch(() => {
    /* Without the list the fields are typed into as they are. */
  });
}

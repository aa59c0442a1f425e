/* What this phone keeps for those faces of the shop that work without a network: presses of buttons that are not sent
   yet, and what became of those that did not stand. Each belongs to one person. The service worker reads it too. */

const STORE = "presses";
let opened = null;

function database() {
  opened =
    opened ||
    new Promise((resolve, reject) => {
      const asked = indexedDB.open("shop-phone", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore(STORE, { keyPath: "number", autoIncrement: true });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  opened.catch(() => {
    opened = null;
  });
  return opened;
}

/* One transaction; `work` gives its answer to the second argument. */
async function within(mode, work) {
  const kept = await database();
  return new Promise((resolve, reject) => {
    const step = kept.transaction(STORE, mode);
    let answer;
    step.oncomplete = () => resolve(answer);
    step.onabort = () => reject(step.error);
    step.onerror = () => reject(step.error);
    work(step.objectStore(STORE), (value) => {
      answer = value;
    });
  });
}

function add(press) {
  return within("readwrite", (store, give) => {
    const asked = store.add(press);
    asked.onsuccess = () => give(asked.result);
  });
}

/* In the order in which they were pressed. */
function all(face, person) {
  return within("readonly", (store, give) => {
    const asked = store.getAll();
    asked.onsuccess = () => give(asked.result.filter((one) => one.face === face && one.person === person));
  });
}

/* How many are not sent yet, whoever pressed them. */
function waiting(face) {
  return within("readonly", (store, give) => {
    const asked = store.getAll();
    asked.onsuccess = () => give(asked.result.filter((one) => one.face === face && one.state === "waiting").length);
  });
}

/* `decide` is given the press as it is now and returns what it shall be, null to forget it; false: stays as it is.
   The answer is what it is afterwards, null where it is gone. */
function change(number, decide) {
  return within("readwrite", (store, give) => {
    const asked = store.get(number);
    asked.onsuccess = () => {
      const wanted = asked.result ? decide(asked.result) : null;
      if (asked.result && wanted === null) store.delete(number);
      else if (wanted) store.put(wanted);
      give(wanted === false ? asked.result : wanted);
    };
  });
}

const drop = (number) => change(number, () => null);

self.phoneStore = { add, all, waiting, change, drop };

// The health of MongoDB in compose.yaml: it is well once it can be written to. Until it knows that it is a replica set of
// one, which it does from then on, it is told so here. Run by mongosh inside the container.
const { MONGO_INITDB_ROOT_USERNAME: name, MONGO_INITDB_ROOT_PASSWORD: password } = process.env;
const admin = db.getSiblingDB("admin");
admin.auth(name, password);
const { codeName } = (() => {
  try {
    return admin.runCommand({ replSetGetStatus: 1 });
  } catch (error) {
    return error;
  }
})();
if (codeName === "NotYetInitialized") {
  admin.runCommand({ replSetInitiate: { _id: "hbs", members: [{ _id: 0, host: "mongodb:27017" }] } });
}
const { setName, isWritablePrimary } = admin.runCommand({ hello: 1 });
quit(setName === "hbs" && isWritablePrimary ? 0 : 1);

// Makes the role and the user `hbs` in MongoDB, or brings the role to what it has become. Run by mongosh as an
// administrator, with the user's password in HBS_MONGODB_PASSWORD.
const { readFileSync } = require("fs");
const { join } = require("path");

const password = process.env.HBS_MONGODB_PASSWORD;
if (!password) throw new Error("set HBS_MONGODB_PASSWORD");
const { privileges } = JSON.parse(readFileSync(join(__dirname, "../crates/hbs-devstack/src/mongodb-role.json")));
const admin = db.getSiblingDB("admin");
if (admin.getRole("hbs")) {
  admin.updateRole("hbs", { privileges, roles: [] });
} else {
  admin.createRole({ role: "hbs", privileges, roles: [] });
}
if (!admin.getUser("hbs")) admin.createUser({ user: "hbs", pwd: password, roles: ["hbs"] });

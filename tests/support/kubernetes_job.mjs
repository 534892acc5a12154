/* Checks a Job, read as JSON from standard input, by the schema of Kubernetes
 * that the npm package kubernetes-models in the directory of the argument has.
 * It ends with 1, and says why, if the Job does not fit. */
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const {Job} = require("kubernetes-models/batch/v1");
try {
    new Job(JSON.parse(readFileSync(0, "utf8"))).validate();
} catch (error) {
    console.error(error.message);
    process.exitCode = 1;
}

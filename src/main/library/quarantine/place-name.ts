/** The hidden folder that holds originals; scans leave it out. */
export const quarantineName = '.deltashelf-quarantine';

# Draws the biomass of trees by AGBmonteCarlo of the package BIOMASS, some thousand times, and prints the seconds
# that the draws take. Ends with status 3 where the package is not installed.
arguments <- commandArgs(trailingOnly = TRUE)
if (!requireNamespace("BIOMASS", quietly = TRUE)) quit(status = 3)

trees <- read.csv(arguments[1])
thousands <- as.integer(arguments[2])

# A call makes a thousand draws at most.
draw <- function() {
  BIOMASS::AGBmonteCarlo(
    D = trees$dbh_cm, WD = trees$wood_density_g_cm3, errWD = trees$wood_density_error_g_cm3,
    H = trees$height_m, errH = 1, Dpropag = "chave2004", n = 1000
  )
}
set.seed(5)
cat(system.time(for (thousand in seq_len(thousands)) draw())[["elapsed"]])

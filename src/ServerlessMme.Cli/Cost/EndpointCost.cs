namespace ServerlessMme.Cli.Cost;

/// <summary>
/// The bill of SageMaker endpoints that answer calls. It doesn't include the services that send the images and store
/// the answers.
/// </summary>
internal static class EndpointCost
{
    private const double SecondsPerHour = 3600;

    public static Bill Of(PriceBook book, Fleet fleet, EndpointKind hosting) => new(hosting,
    [
        new("instances", book.Cost("sageMakerInstance", Instances(book, fleet, hosting) * book["hoursPerMonth"])),
        new("data", book.Cost("sageMakerData", fleet.Images * (fleet.ImageKB + book["labelKB"]) / 1e6)),
        new("storage", book.Cost(
            "s3Storage",
            (fleet.Models * fleet.ModelMB / 1000)
            + (fleet.Images * fleet.KeptMonths * (fleet.ImageKB + book["labelKB"]) / 1e6))),
    ]);

    /// <summary>Instances needed to serve the peak and to keep the warm models in memory.</summary>
    public static double Instances(PriceBook book, Fleet fleet, EndpointKind hosting)
    {
        var peak = fleet.Images / (book["hoursPerMonth"] * SecondsPerHour) * book["peakFactor"];
        if (hosting == EndpointKind.Dedicated)
        {
            var forPeak = Math.Ceiling(peak / fleet.Models / book["endpointImagesPerSecond"]);
            return fleet.Models * Math.Max(book["dedicatedInstances"], forPeak);
        }

        // Memory must hold enough models that only the cold share of messages waits for a load.
        var warmGB = fleet.Models * (1 - fleet.Cold) * fleet.ModelMB * book["plainMemoryFactor"] / 1000;
        return Math.Max(
            book["multiModelInstances"],
            Math.Max(
                Math.Ceiling(warmGB / book["endpointMemoryGB"]),
                Math.Ceiling(peak / book["endpointImagesPerSecond"])));
    }
}

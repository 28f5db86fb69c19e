namespace ServerlessMme.Cli.Cost;

/// <summary>The bill of this app on Flex Consumption, with storage, Event Grid and logs.</summary>
internal static class FlexCost
{
    private const double SecondsPerHour = 3600;
    private const double BytesPerGB = 1e6;

    public static Bill Of(PriceBook book, Fleet fleet, EndpointKind hosting)
    {
        var (way, images) = hosting switch
        {
            EndpointKind.Single => (book.Operations.Single, 1),
            EndpointKind.Batch => (book.Operations.Batch, book["imagesPerMessage"]),
            EndpointKind.Archive => (book.Operations.Archive, book["imagesPerArchive"]),
            _ => throw new ArgumentOutOfRangeException(nameof(hosting), hosting, null),
        };
        var messages = fleet.Images / images;
        var sweeps = book["sweepsPerMonth"];
        // A sweep makes two listings per model, one after the other. Together they take about as long as the storage
        // operations of one image.
        var listings = sweeps * fleet.Models * 2;
        var sweepSeconds = Math.Max(book["leastBilledSeconds"], fleet.Models * book["secondsOfStoragePerImage"]);
        var seconds = (messages * SecondsOf(book, fleet, images)) + (sweeps * sweepSeconds);
        var cold = messages * fleet.Cold;
        return new Bill(hosting,
        [
            new("execution", book.Cost("flexExecution", seconds * book["instanceGB"])),
            new("executions", book.Cost("flexExecutions", messages + sweeps)),
            new("always ready", book.Cost(
                "flexReadyBaseline",
                fleet.AlwaysReady * book["hoursPerMonth"] * SecondsPerHour * book["instanceGB"])),
            new("events", book.Cost("eventGrid", Sum(way.PerMessage.Events, way.PerImage.Events))),
            new("queue", book.Cost("queueOperation", Sum(way.PerMessage.Queue, way.PerImage.Queue))),
            new("blob reads", book.Cost("blobRead", Sum(way.PerMessage.Reads, way.PerImage.Reads) + cold)),
            new("blob writes", book.Cost("blobWrite", Sum(way.PerMessage.Writes, way.PerImage.Writes))),
            new("sweeps' listings", book.Cost("blobWrite", listings)),
            new("storage", book.Cost("blobStorage", StoredGB(book, fleet))),
            new("logs", book.Cost("logs", (messages + sweeps) * book["logKBPerMessage"] / BytesPerGB)),
        ]);

        double Sum(double perMessage, double perImage) => (messages * perMessage) + (fleet.Images * perImage);
    }

    // Returns the billed time of an execution: its share of an instance that processes several messages at once.
    private static double SecondsOf(PriceBook book, Fleet fleet, double images)
    {
        var loading = fleet.Cold * (book["firstUseSeconds"] + (fleet.ModelMB / book["downloadMBPerSecond"]));
        var together = Math.Min(images, book["transfersTogether"]);
        var work = images * Math.Max(
            book["secondsOfComputePerImage"], book["secondsOfStoragePerImage"] / together);
        return Math.Max(book["leastBilledSeconds"], loading + work) / book["messagesTogether"];
    }

    private static double StoredGB(PriceBook book, Fleet fleet) =>
        (fleet.Models * fleet.ModelMB / 1000)
        + (fleet.Images * fleet.KeptMonths * (fleet.ImageKB + book["labelKB"]) / BytesPerGB);
}

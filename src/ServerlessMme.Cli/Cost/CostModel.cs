namespace ServerlessMme.Cli.Cost;

/// <summary>Computes and compares the bills of one workload.</summary>
internal sealed class CostModel(PriceBook book)
{
    public Bill Bill(Fleet fleet, EndpointKind hosting) => hosting is EndpointKind.MultiModel or EndpointKind.Dedicated
        ? EndpointCost.Of(book, fleet, hosting)
        : FlexCost.Of(book, fleet, hosting);

    public IReadOnlyList<Bill> Bills(Fleet fleet) =>
        [.. Enum.GetValues<EndpointKind>().Select(hosting => Bill(fleet, hosting))];

    /// <summary>
    /// Returns the number of images per month from which an endpoint is cheaper than the app, or null if it isn't
    /// cheaper even at a trillion.
    /// </summary>
    public double? CheaperFrom(Fleet fleet, EndpointKind endpoint, EndpointKind app)
    {
        const double most = 1e12;
        if (!IsCheaper(most))
        {
            return null;
        }

        double low = 0, high = most;
        while (high - low > Math.Max(1, low / 1000))
        {
            var middle = (low + high) / 2;
            if (IsCheaper(middle))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;

        bool IsCheaper(double images) =>
            Bill(fleet with { Images = images }, endpoint).Usd < Bill(fleet with { Images = images }, app).Usd;
    }

    /// <summary>
    /// Returns the share of instances, 0 to 1, that one multi-model endpoint saves compared with one endpoint per
    /// model. The price cancels out if both use the same kind of instance.
    /// </summary>
    public double InstancesSaved(Fleet fleet) =>
        1 - (EndpointCost.Instances(book, fleet, EndpointKind.MultiModel)
            / EndpointCost.Instances(book, fleet, EndpointKind.Dedicated));
}

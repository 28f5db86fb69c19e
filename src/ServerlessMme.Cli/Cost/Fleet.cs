namespace ServerlessMme.Cli.Cost;

/// <summary>The workload to compute a bill for.</summary>
/// <param name="Models">Number of published models.</param>
/// <param name="Images">Images per month, for all models together.</param>
/// <param name="ModelMB">Size of a model, in MB.</param>
/// <param name="ImageKB">Size of an image, in kB.</param>
/// <param name="Cold">Share of messages, 0 to 1, whose model is not warm where they arrive.</param>
/// <param name="KeptMonths">How long images and labels are kept, in months.</param>
/// <param name="AlwaysReady">Always-ready instances of the app.</param>
internal sealed record Fleet(
    double Models, double Images, double ModelMB, double ImageKB, double Cold, double KeptMonths, double AlwaysReady);

/// <summary>The ways to classify the images.</summary>
internal enum EndpointKind
{
    /// <summary>This app, with images dropped one by one.</summary>
    Single,

    /// <summary>This app, with lists of images that are already in storage.</summary>
    Batch,

    /// <summary>This app, with archives of images.</summary>
    Archive,

    /// <summary>One SageMaker multi-model endpoint.</summary>
    MultiModel,

    /// <summary>One SageMaker endpoint per model.</summary>
    Dedicated,
}

/// <summary>One line of a bill, in US dollars per month.</summary>
internal sealed record CostLine(string Item, double Usd);

/// <summary>A month's bill.</summary>
internal sealed record Bill(EndpointKind Hosting, IReadOnlyList<CostLine> Lines)
{
    public double Usd => Lines.Sum(line => line.Usd);
}

namespace ServerlessMme.Cli.Cost;

/// <summary>What the bill is asked for.</summary>
/// <param name="Models">Models published.</param>
/// <param name="Images">Images a month, over all models.</param>
/// <param name="ModelMB">Size of a model, in MB.</param>
/// <param name="ImageKB">Size of an image, in kB.</param>
/// <param name="Cold">Share of messages, 0 to 1, whose model is not warm where they arrive.</param>
/// <param name="KeptMonths">How long images and labels are kept.</param>
/// <param name="AlwaysReady">Instances of the app that wait for messages.</param>
internal sealed record Fleet(
    double Models, double Images, double ModelMB, double ImageKB, double Cold, double KeptMonths, double AlwaysReady);

/// <summary>How the images are classified.</summary>
internal enum EndpointKind
{
    /// <summary>This app; each image dropped alone.</summary>
    Single,

    /// <summary>This app; lists of images that are there already.</summary>
    Batch,

    /// <summary>This app; archives of images.</summary>
    Archive,

    /// <summary>One SageMaker multi-model endpoint.</summary>
    MultiModel,

    /// <summary>A SageMaker endpoint for each model.</summary>
    Dedicated,
}

/// <summary>One line of a bill, in US dollars a month.</summary>
internal sealed record CostLine(string Item, double Usd);

/// <summary>A month's bill.</summary>
internal sealed record Bill(EndpointKind Hosting, IReadOnlyList<CostLine> Lines)
{
    public double Usd => Lines.Sum(line => line.Usd);
}

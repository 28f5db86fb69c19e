namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>What a recording contains: names and counts that the recorder and the tests share.</summary>
internal static class Scenario
{
    /// <summary>A model that was published twice, with labels of all kinds, correct labels and a candidate.</summary>
    public const string Colors = "colors";

    /// <summary>The candidate that scores beside <see cref="Colors"/>.</summary>
    public const string Candidate = "next";

    /// <summary>An alias of <see cref="Colors"/>.</summary>
    public const string Alias = "shades";

    /// <summary>The second member of <see cref="Group"/>, beside <see cref="Colors"/>.</summary>
    public const string Member = "tones";

    public const string Group = "both";

    /// <summary>A model with an archive whose worker was killed halfway.</summary>
    public const string Halfway = "halfway";

    public const string HalfArchive = "half.tar.gz";
    public const int HalfEntries = 300;

    /// <summary>A model with a submitted job whose worker was killed before the last message.</summary>
    public const string Queued = "queued";

    /// <summary>Images of the job of <see cref="Queued"/>: 14 in all.</summary>
    public const int QueuedDone = 10;

    public const int QueuedRefused = 2;
    public const int QueuedSkipped = 2;

    /// <summary>A model with a re-scoring job whose images are listed in part.</summary>
    public const string Listed = "listed";

    public const int ListedImages = 40;

    /// <summary>A model with a job whose only message was given up.</summary>
    public const string Stuck = "stuck";

    /// <summary>The image of <see cref="Colors"/> that was dropped again after its label was written.</summary>
    public const string Again = "again.jpg";

    /// <summary>The image of <see cref="Colors"/> that only an Event Grid event asks for.</summary>
    public const string Late = "late.jpg";

    /// <summary>A message that no version can read.</summary>
    public const string Malformed = """{"model":"colors","imagez":["frog.jpg"]}""";

    /// <summary>The correct labels of <see cref="Colors"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Truth = new Dictionary<string, string>
    {
        ["frog.jpg"] = "lime",
        ["bird.jpg"] = "blue",
        ["holiday/plane.jpg"] = "blue",
        ["Größe & 1.jpg"] = "red",
    };
}

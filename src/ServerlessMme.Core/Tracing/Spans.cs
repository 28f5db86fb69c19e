using System.Diagnostics;

namespace ServerlessMme.Core.Tracing;

/// <summary>
/// The spans from a message to its labels, on the application's only activity source. Without a listener, starting a
/// span costs only a comparison and returns null.
/// <code>
/// process classify          one message
/// └─ classify {model}       images of one model, perhaps of several messages; links to them
///    ├─ lease               └─ load ─► download (and unpack), reserve, open ─► optimize
///    ├─ fetch               all images of the batch
///    ├─ decode, score       one micro-batch
///    └─ write               all labels of the batch
/// send classify             messages sent together
/// </code>
/// </summary>
public static class Spans
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string SourceName = "ServerlessMme";

    public const string ModelName = "mme.model.name";
    public const string ModelVersion = "mme.model.version";
    public const string CacheHit = "mme.model.cache_hit";
    public const string ErrorCode = "mme.error.code";
    public const string Images = "mme.images";
    public const string Labeled = "mme.images.labelled";
    public const string Refused = "mme.images.refused";
    public const string Skipped = "mme.images.skipped";

    internal static ActivitySource Source { get; } =
        new(SourceName, typeof(Spans).Assembly.GetName().Version?.ToString(3));

    /// <summary>Our current span; null if nothing records it.</summary>
    public static Activity? Current => Activity.Current is { Source.Name: SourceName } span ? span : null;

    /// <summary>Starts a child of the current span, and makes it current.</summary>
    public static Activity? Start(string name) => Source.StartActivity(name);

    /// <summary>Starts a child of the current span, tagged with a model, and makes it current.</summary>
    public static Activity? Start(string name, string model)
    {
        var span = Source.StartActivity(name);
        span?.SetTag(ModelName, model);
        return span;
    }

    /// <summary>Starts a child of the current span, tagged with a number of images, and makes it current.</summary>
    public static Activity? Start(string name, int images)
    {
        var span = Source.StartActivity(name);
        span?.SetTag(Images, images);
        return span;
    }

    /// <summary>
    /// Makes a span current that is never recorded, so that the background requests to storage every second don't fill
    /// the traces. Work that is worth a trace starts with <see cref="Activity.Current"/> null.
    /// </summary>
    public static void EnterBackground() => new Activity("background") { IsAllDataRequested = false }.Start();

    /// <summary>Records that the span's work ended with an exception.</summary>
    public static void Fail(this Activity? span, Exception exception)
    {
        span?.SetStatus(ActivityStatusCode.Error, exception.Message);
        span?.SetTag("error.type", exception.GetType().FullName);
    }

    /// <summary>Runs work in a span and records its exception.</summary>
    internal static async Task RunAsync(string name, Func<Task> work)
    {
        using var span = Source.StartActivity(name);
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>Runs work in a span and records its exception.</summary>
    internal static async Task<T> RunAsync<T>(string name, Func<Task<T>> work)
    {
        using var span = Source.StartActivity(name);
        try
        {
            return await work();
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }
}

using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Queues;

/// <summary>Settings for reading the queue <c>classify</c> (<c>Mme:Queue</c>).</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// Maximum number of tries before a message goes to <c>classify-poison</c>. Default: 15. With the default waits
    /// between them, an outage of storage or an endpoint may last 38 minutes before a message is given up.
    /// </summary>
    [Range(1, 100)]
    public int MaxTries { get; set; } = 15;

    /// <summary>Messages received per call and grouped by model. Default: 32, the maximum of Azure Storage.</summary>
    [Range(1, 32)]
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// Up to <c>Listeners</c> × <see cref="BatchSize"/> messages are processed at once. The next ones are received as
    /// soon as there is room for <see cref="BatchSize"/> more. Default: 4.
    /// </summary>
    [Range(1, 64)]
    public int Listeners { get; set; } = 4;

    /// <summary>
    /// Message visibility timeout, renewed at half time while a message is processed. After a crash, messages become
    /// visible again when it ends. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan Visibility { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait before an empty queue is polled again. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait before the second try of a message; doubles with each further try. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Maximum wait between two tries of a message, unless <see cref="RetryDelay"/> is longer. Default: 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Returns the wait after a failed try of a message.</summary>
    /// <param name="tries">The message's dequeue count, from 1.</param>
    public TimeSpan DelayAfter(long tries)
    {
        var longest = RetryDelay > MaxRetryDelay ? RetryDelay : MaxRetryDelay;
        // Compared as seconds, because a TimeSpan overflows after about 40 doublings.
        var seconds = RetryDelay.TotalSeconds * Math.Pow(2, tries - 1);
        return seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : longest;
    }
}

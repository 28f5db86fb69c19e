using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Queues;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Queues;

[Collection("classify queue")]
public sealed class QueueWatchTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task The_reading_has_lengths_and_the_age_of_the_message_that_is_next()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        await azurite.Account.Classify.SendMessageAsync("first");
        await azurite.Account.Classify.SendMessageAsync("second");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(20));
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new QueueMetrics(services.GetRequiredService<IMeterFactory>());
        var watch = new QueueWatch(
            StorageMessageQueue.Of(azurite.Account), metrics, time, NullLogger<QueueWatch>.Instance);

        var reading = await watch.ReadAsync(TestContext.Current.CancellationToken);
        var poison = (await azurite.Account.Poison.GetPropertiesAsync()).Value.ApproximateMessagesCount;
        await azurite.Account.Classify.ClearMessagesAsync();
        var empty = await watch.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, reading.Waiting);
        Assert.Equal(poison, reading.Poison);
        Assert.InRange(reading.Age, TimeSpan.FromMinutes(19), TimeSpan.FromMinutes(21));
        Assert.Equal(TimeSpan.Zero, empty.Age);
    }

    [Fact]
    public void Gauges_say_nothing_before_the_queues_were_looked_at()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var metrics = new QueueMetrics(meters);
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == ModelMetrics.MeterName && instrument.Meter.Scope == meters)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();

        listener.RecordObservableInstruments();
        Assert.Empty(seen);

        metrics.Record(new QueueReading(3, 1, TimeSpan.FromSeconds(42)));
        listener.RecordObservableInstruments();

        Assert.Equal(3, seen[QueueMetrics.WaitingMessages]);
        Assert.Equal(1, seen[QueueMetrics.PoisonMessages]);
        Assert.Equal(42, seen[QueueMetrics.OldestMessageAge]);
    }
}

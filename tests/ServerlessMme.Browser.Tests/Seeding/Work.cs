using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>Jobs, poison messages, and what a candidate has counted.</summary>
internal sealed class Work(JobRecords records, JobShards shards, PoisonWriter poison, ShadowStore shadows)
{
    /// <summary>Images of a job that runs.</summary>
    public const int Total = 400;

    /// <summary>Of these, those that are answered at first.</summary>
    public const int Done = 120;

    /// <summary>Images that a candidate has scored, and those of them that it answers differently.</summary>
    public const int Scored = 200;

    public const int Different = 30;

    /// <summary>Jobs that run; each test that stops one has its own.</summary>
    public IReadOnlyList<JobId> Running { get; private set; } = [];

    /// <summary>A job that runs, and that no test stops.</summary>
    public JobId? Endless { get; private set; }

    /// <summary>A job that has scored images again.</summary>
    public JobId? Rescored { get; private set; }

    public async Task SeedJobsAsync()
    {
        var now = await records.NowAsync(CancellationToken.None);
        Running = [await AddAsync(NewJob("anna")), await AddAsync(NewJob("ben"))];
        Endless = await AddAsync(NewJob(HostileData.Script) with { Asked = new JobAsked(HostileData.Image) });
        foreach (var id in Running)
        {
            await CountAsync(id, "first", Done);
        }

        var counts = JobCounts.Nothing with { Total = 60, Done = 58, Refused = 2 };
        Rescored = await AddAsync(NewJob("schedule") with
        {
            Kind = JobKind.Rescore,
            Asked = new JobAsked(ChangedOnly: true),
            State = JobState.Completed,
            StartedAt = now.AddHours(-2),
            EndedAt = now.AddHours(-1),
            Counts = counts,
        });
        await shards.WriteAsync(
            Rescored,
            "all",
            new JobShard(
                counts,
                [new RefusedImage("harbor/0007.jpg", "NotAnImage", "'harbor/0007.jpg' is not an image.")],
                [new AnswerChange("bird", "airplane", 6), new AnswerChange("ship", "ship", 52)]),
            CancellationToken.None);

        Job NewJob(string by) => new(
            JobId.Create(Names.Photos, now), JobKind.Submit, Names.Photos, new JobAsked(Prefix: "harbor/"), by,
            Job.NoThreshold, JobState.Running, now.AddMinutes(-3), null, null,
            JobCounts.Nothing with { Total = Total });
    }

    public async Task<JobId> AddAsync(Job job)
    {
        Assert.True(await records.TryCreateAsync(job, CancellationToken.None));
        return job.Id;
    }

    /// <summary>A worker's answer to one more message of a job.</summary>
    public Task CountAsync(JobId job, string message, int done) => shards.WriteAsync(
        job, message, JobShard.Of(JobCounts.Nothing with { Done = done }), CancellationToken.None);

    /// <summary>A message that was given up.</summary>
    public Task PoisonAsync(string message, string code, string why) => poison.AddAsync(
        new IncomingMessage(System.Text.Encoding.UTF8.GetBytes(message), 5),
        [new PoisonReason(code, why)],
        CancellationToken.None);

    public async Task SeedPoisonAsync()
    {
        // Each test has three messages of its own.
        foreach (var name in (string[])["mouse-1", "mouse-2", "mouse-3", "key-1", "key-2", "key-3"])
        {
            await PoisonAsync(
                $$"""{"model":"{{name}}","images":["a.jpg"]}""", "ModelNotFound", $"There is no model '{name}'.");
        }
    }

    public async Task SeedCandidatesAsync()
    {
        foreach (var alias in Names.Aliases)
        {
            await SeedCandidateAsync(alias);
        }
    }

    private async Task SeedCandidateAsync(ModelName alias)
    {
        var shadow = new Shadow(
            alias, Names.PhotosNext, 1, 1_000, "run1", "anna", await records.NowAsync(CancellationToken.None));
        Assert.Null(await shadows.StartAsync(shadow, CancellationToken.None));
        await shadows.WriteAsync(
            shadow,
            "process1",
            new ShadowTally(
                Scored,
                Scored - Different,
                [new AnswerChange("cat", "dog", Different), new AnswerChange("ship", "ship", Scored - Different)],
                [new ShadowExample("a.jpg", "cat", "dog")]),
            CancellationToken.None);
        await shadows.StopAsync(alias, shadow.StartedAt, CancellationToken.None);
    }
}

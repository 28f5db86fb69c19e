using System.Collections.Concurrent;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// Scores images, preprocessed once, with all members that take the same input, in parallel. Thread-safe.
/// </summary>
internal sealed class GroupPasses(
    ModelCache cache, IImagePreprocessor preprocessor, MemoryGate runs, MemberInputs inputs, int workers)
{
    // Number of runs that fit into memory at once, as for a model's own micro-batches.
    private const int SideBySide = 2;

    /// <summary>Gets the members' answers for the images that lack them.</summary>
    /// <param name="input">The members' input. A member that turns out to take another input is left out.</param>
    /// <param name="wave">Number of images to prepare at once.</param>
    /// <param name="room">Bytes per image for results that members share.</param>
    /// <returns>The members that have answered or refused every image.</returns>
    public async Task<IReadOnlySet<int>> RunAsync(
        GroupRequest request,
        IReadOnlyList<GroupImage> images,
        IReadOnlyList<int> members,
        MemberInput input,
        int wave,
        long room,
        CancellationToken cancellationToken)
    {
        var others = new ConcurrentDictionary<int, bool>();
        var largest = members.Max(member => inputs.Find(request.Members[member])?.MaxBatch ?? 1);
        foreach (var chunk in images.Where(image => members.Any(image.Lacks)).Chunk(wave))
        {
            var frames = new List<GroupFrame>();
            try
            {
                // At least one frame per worker, because shared results are computed once per frame.
                var size = Math.Clamp((chunk.Length + workers - 1) / workers, 1, largest);
                using (Spans.Start("decode", chunk.Length))
                {
                    foreach (var part in chunk.GroupBy(image => NeedOf(image, members))
                        .SelectMany(same => same.Chunk(size)))
                    {
                        frames.Add(await GroupFrame.CreateAsync(
                            part, input.Tensor, room, preprocessor, workers, cancellationToken));
                    }
                }

                using var span = Spans.Start("score", chunk.Length);
                List<int> turns = [.. members.Where(member => !others.ContainsKey(member))];
                await Parallel.ForEachAsync(
                    turns.Select((member, turn) => (member, turn)),
                    AtMost(workers, cancellationToken),
                    async (next, stopping) =>
                    {
                        if (next.turn + workers < turns.Count && turns[next.turn + workers] is var after
                            && frames.Any(frame => frame.Lacks(after)))
                        {
                            // The model may have to be read from disk, which takes no processor time.
                            cache.Prefetch(request.Members[after].Name);
                        }

                        if (!await AskAsync(request, next.member, next.turn, frames, input, members.Count, stopping))
                        {
                            others[next.member] = true;
                        }
                    });
            }
            finally
            {
                foreach (var frame in frames)
                {
                    await frame.DisposeAsync();
                }
            }
        }

        return members.Where(member => !others.ContainsKey(member)).ToHashSet();
    }

    /// <summary>Returns a text that is equal for images that lack the answers of the same members.</summary>
    private static string NeedOf(GroupImage image, IReadOnlyList<int> members) => image.HasKept
        ? string.Create(members.Count, (image, members), static (text, state) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = state.image.Lacks(state.members[i]) ? '1' : '0';
            }
        })
        : "";

    /// <summary>Gets one member's answers. Returns false if the member takes another input.</summary>
    /// <param name="turn">
    /// The member's position. Members start with different frames, so shared results are computed in parallel.
    /// </param>
    private async Task<bool> AskAsync(
        GroupRequest request,
        int member,
        int turn,
        List<GroupFrame> frames,
        MemberInput input,
        int members,
        CancellationToken cancellationToken)
    {
        var needed = frames.Where(frame => frame.Lacks(member)).ToList();
        if (needed.Count == 0)
        {
            return true;
        }

        var listed = request.Members[member];
        using var acquired = await cache.AcquireAsync(listed, cancellationToken);
        if (acquired.Lease?.Model is not { } model)
        {
            var images = needed.SelectMany(frame => frame.Images.Concat(frame.Misfits.Select(misfit => misfit.Image)));
            request.Refuse(member, images, acquired.VersionOfModel, acquired.Refusal!);
            return true;
        }

        if (!inputs.Add(listed, model).IsSame(input))
        {
            return false;
        }

        var asked = new AskedMember(request, member, model);
        var turns = Enumerable.Range(turn, needed.Count).Select(i => needed[i % needed.Count]);
        if (workers / members <= 1)
        {
            // Other members keep the other processors busy, so parallel tasks would gain nothing.
            foreach (var frame in turns)
            {
                await ScoreAsync(asked, frame, cancellationToken);
            }

            return true;
        }

        // With few members, processors are free for frames in parallel.
        await Parallel.ForEachAsync(
            turns,
            AtMost(workers / members, cancellationToken),
            async (frame, stopping) => await ScoreAsync(asked, frame, stopping));
        return true;
    }

    private async Task ScoreAsync(AskedMember asked, GroupFrame frame, CancellationToken cancellationToken)
    {
        foreach (var (image, refusal) in frame.Misfits)
        {
            asked.Refuse(image, refusal);
        }

        var count = frame.Images.Count;
        if (count == 0)
        {
            return;
        }

        var backend = asked.Model.Backend;
        var size = asked.Model.FitBatch(
            Math.Min(count, backend.MaxBatch), long.MaxValue, runs.LargestBytes / SideBySide);
        for (var first = 0; first < count; first += size)
        {
            var batch = frame.Batch(first, Math.Min(size, count - first));
            // A backend that takes encoded images copies them.
            var needed = backend.RunBytes(batch.Images.Count)
                + (backend.TakesTensors
                    ? 0
                    : batch.Images.Sum(image => ImageOptions.MemoryOf(image.Reference.Bytes)));
            using var running = await runs.AcquireAsync(Math.Min(needed, runs.LargestBytes), cancellationToken);
            var outcomes = await backend.ScoreAsync(batch, cancellationToken);
            for (var i = 0; i < batch.Images.Count; i++)
            {
                if (outcomes[i].TryGet(out var scores, out var refusal))
                {
                    asked.Answer(frame.Images[first + i], scores);
                }
                else
                {
                    asked.Refuse(frame.Images[first + i], refusal);
                }
            }
        }
    }

    private static ParallelOptions AtMost(int count, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = count, CancellationToken = cancellationToken };

    /// <summary>A leased member, which turns scores and refusals into its answers.</summary>
    private sealed class AskedMember(GroupRequest request, int member, LoadedModel model)
    {
        private readonly AnsweringModel _by = new(
            request.Members[member].Name.Value,
            model.Descriptor.Version,
            model.Digest,
            model.Backend.Type,
            model.Descriptor.Name == request.Members[member].Name ? null : model.Descriptor.Name.Value);

        public LoadedModel Model => model;

        public void Answer(GroupImage image, float[] scores) => image.Answer(
            member,
            MemberAnswer.Of(
                _by, model.Manifest, scores, request.Top ?? Math.Min(model.Manifest.Top, GroupAnswers.MostClasses)));

        public void Refuse(GroupImage image, Failures.Refusal refusal) =>
            image.Answer(member, MemberAnswer.Of(_by, refusal));
    }
}

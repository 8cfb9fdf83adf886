// The JavaScript client, unmodified: objects, a watch and an informer against the cluster of $KUBECONFIG.
import * as k8s from '@kubernetes/client-node';
import assert from 'node:assert/strict';

const namespace = 'javascript';
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);

await core.createNamespace({ body: { metadata: { name: namespace } } });
const made = await core.createNamespacedConfigMap({
  namespace,
  body: { metadata: { name: 'settings', labels: { tier: 'back' } }, data: { x: '1' } },
});
assert.ok(made.metadata.uid);
assert.ok(made.metadata.creationTimestamp instanceof Date);
const found = await core.listNamespacedConfigMap({ namespace, labelSelector: 'tier=back' });
assert.deepEqual(found.items.map((each) => each.metadata.name), ['settings']);
await assert.rejects(
  core.replaceNamespacedConfigMap({
    name: 'settings',
    namespace,
    body: { ...made, metadata: { ...made.metadata, resourceVersion: '1' } },
  }),
  (error) => error.code === 409,
);
await assert.rejects(core.readNamespacedConfigMap({ name: 'absent', namespace }), (error) => error.code === 404);

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1.25' }] },
};
await apps.createNamespacedDeployment({
  namespace,
  body: { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template } },
});

const pods = await new Promise((resolve, reject) => {
  const names = new Set();
  const list = () => core.listNamespacedPod({ namespace, labelSelector: 'app=web' });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, list, 'app=web');
  informer.on('add', (pod) => {
    names.add(pod.metadata.name);
    if (names.size === 2) resolve(names);
  });
  informer.on('error', reject);
  informer.start();
});
assert.equal(pods.size, 2);

const client = k8s.KubernetesObjectApi.makeApiClient(config);
const applied = await client.patch(
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { y: '2' } },
  undefined,
  undefined,
  'javascript-test',
  true,
  k8s.PatchStrategy.ServerSideApply,
);
assert.deepEqual(applied.data, { x: '1', y: '2' });
await core.deleteNamespace({ name: namespace });
console.log('walked');
process.exit(0);
